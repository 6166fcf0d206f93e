/** What lives in a server, as the inspector of its Node says. */

import { startServer, type TestServer, until } from './circuit.ts';

export interface Inspected {
  readonly server: TestServer;
  /** How many objects are left after garbage was collected. */
  objects(): Promise<number>;
  close(): void;
}

type Result = Readonly<Record<string, unknown>>;

/** Starts a server that can be looked into. */
export async function inspected(args: readonly string[]): Promise<Inspected> {
  const env = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };
  const server = await startServer(args, { env });
  const urlOf = () => /listening on (ws:\S+)/.exec(server.running.errors())?.[1];
  await until(() => urlOf() !== undefined, 'it says where its inspector listens');
  const socket = new WebSocket(urlOf() as string);
  /** Number of the request => who waits for its answer. */
  const waiting = new Map<number, (result: Result) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: Result };
    if (id !== undefined) waiting.get(id)?.(result);
  };
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  let last = 0;
  const ask = (method: string, params: Result = {}): Promise<Result> => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  const objectIdOf = (value: unknown) => (value as { objectId: string }).objectId;

  return {
    server,
    async objects() {
      const objectGroup = 'count';
      const root = await ask('Runtime.evaluate', { expression: 'Object.prototype', objectGroup });
      const all = await ask('Runtime.queryObjects', {
        ...{ prototypeObjectId: objectIdOf(root['result']), objectGroup },
      });
      const count = await ask('Runtime.callFunctionOn', {
        ...{ objectId: objectIdOf(all['objects']), returnByValue: true },
        functionDeclaration: 'function () { return this.length; }',
      });
      await ask('Runtime.releaseObjectGroup', { objectGroup });
      return (count['result'] as { value: number }).value;
    },
    close: () => socket.close(),
  };
}
