/** A server is told to end: it leaves in order, lets what moves go on, and not for ever. */

import { afterEach, describe, expect, test } from 'vitest';
import { type Anchor, type Client, connect } from '../../src/index.ts';
import { type NodeHost, nodeHost } from '../../transport/index.ts';
import {
  begin,
  circuit,
  endAll,
  startServer,
  type TestServer,
  until,
  untilListed,
  untilWaiting,
} from '../support/circuit.ts';

const MIB = 1024 * 1024;
const hosts: NodeHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  await endAll();
});

async function client(server: TestServer): Promise<Client> {
  const host = await nodeHost({ client: true });
  hosts.push(host);
  return await connect(host, server.url);
}

const end = (server: TestServer, signal: NodeJS.Signals) =>
  process.kill(server.running.pid, signal);

/** A process that writes zeros. */
const zeros = (anchor: Anchor, bytes: number) =>
  anchor.makeProc({ Path: '/usr/bin/head', Args: ['-c', String(bytes), '/dev/zero'] });

/** Reads some of a stream; then the rest may be read, or left unread. */
async function beginReading(stream: AsyncIterable<Uint8Array>) {
  const chunks = stream[Symbol.asyncIterator]();
  let bytes = 0;
  while (bytes < MIB) bytes += (await chunks.next()).value?.length ?? 0;
  const readOne = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    bytes += value?.length ?? 0;
    return done === true;
  };
  return {
    async rest(): Promise<number> {
      while (!(await readOne()));
      return bytes;
    },
    /** Reads on, a chunk at a time, until it is told to end. */
    slowly() {
      let over = false;
      const read = async () => {
        while (!over && !(await readOne())) await new Promise((go) => setTimeout(go, 10));
      };
      const reading = read();
      return {
        async end() {
          over = true;
          await reading;
        },
      };
    },
  };
}

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  test('ends a server in order: the others know, who waits is told, exit code 0', async () => {
    const near = await startServer();
    const far = await startServer(['-j', near.url]);
    await untilListed(near, [near, far]);
    await circuit(['mkchan', '-d', near.url, `${far.path}/c`, '0']);
    const waiting = [near, far].map((through) =>
      begin(['recv', '-d', through.url, `${far.path}/c`]),
    );
    await untilWaiting(far, { method: 'receive', count: 2, dialled: near });
    const told = begin(['log', '--follow', '-d', near.url, near.path]);
    await until(() => told.output().includes('joined'), 'the log is read');
    end(far, signal);
    for (const each of waiting) {
      const { code, err } = await each.ended;
      expect(code).toBe(10);
      expect(err).toContain(`${far.id} has left the circuit`);
      expect(err).toMatch(/; it may or may not have been done\n$/);
    }
    expect(await far.running.ended).toMatchObject({ code: 0, signal: undefined });
    await untilListed(near, [near]);
    await until(() => told.output().includes('left'), 'the other has noted it');
  });
});

test('a server that drains takes no new calls and no new clients', async () => {
  const server = await startServer(['--drain', '1000']);
  const one = await client(server);
  const anchor = one.walk(server.path);
  const reading = await beginReading((await zeros(anchor.walk('p'), 500 * MIB)).stdout());
  const chan = await anchor.walk('c').makeChan(0);
  const waiting = chan.receive().catch((error) => error);
  await anchor.peek();
  end(server, 'SIGTERM');
  expect(await waiting).toMatchObject({ code: 'SERVER_GONE', outcomeUnknown: true });
  // The reading goes on only as long as it moves: new calls and clients come meanwhile.
  const slowly = reading.slowly();
  await expect(anchor.peek()).rejects.toMatchObject({
    code: 'SERVER_GONE',
    message: expect.stringContaining('has left the circuit'),
    outcomeUnknown: false,
  });
  expect((await circuit(['ls', '-d', server.url, '/'])).code).toBe(13);
  expect(server.running.over()).toBe(false);
  await slowly.end();
  expect(await reading.rest()).toBe(500 * MIB);
  expect(await server.running.ended).toMatchObject({ code: 0 });
});

describe('what moves when its server leaves arrives whole:', () => {
  const bytes = 200 * MIB;

  test.each(['it', 'another server'])('output of a process, read through %s', async (through) => {
    const near = await startServer();
    const far = await startServer(['--drain', '1000', '-j', near.url]);
    await untilListed(near, [near, far]);
    const one = await client(through === 'it' ? far : near);
    const anchor = one.walk(far.path);
    const reading = await beginReading((await zeros(anchor.walk('p'), bytes)).stdout());
    const waiting = (await anchor.walk('c').makeChan(0)).receive().catch((error) => error);
    await anchor.peek();
    end(far, 'SIGTERM');
    expect(await waiting).toMatchObject({ code: 'SERVER_GONE' });
    expect(await reading.rest()).toBe(bytes);
    expect(await far.running.ended).toMatchObject({ code: 0 });
  });

  test.each(['it', 'another server'])(
    'a message, sent and received through %s',
    async (through) => {
      const near = await startServer();
      const far = await startServer(['--drain', '1000', '-j', near.url]);
      await untilListed(near, [near, far]);
      const dialled = through === 'it' ? far : near;
      const [sender, receiver] = [await client(dialled), await client(dialled)];
      const chan = await sender.walk(`${far.path}/c`).makeChan(0);
      const sent = chan.send(new Uint8Array(bytes));
      const message = await receiver.walk(`${far.path}/c`).chan().receiveStream();
      const reading = await beginReading(message);
      end(far, 'SIGTERM');
      expect(await reading.rest()).toBe(bytes);
      await sent;
      expect(await far.running.ended).toMatchObject({ code: 0 });
    },
  );

  test('output that passes through a server that leaves', async () => {
    const near = await startServer(['--drain', '1000']);
    const far = await startServer(['-j', near.url]);
    await untilListed(near, [near, far]);
    const one = await client(near);
    const reading = await beginReading((await zeros(one.walk(`${far.path}/p`), bytes)).stdout());
    end(near, 'SIGTERM');
    // What stands still is not waited for.
    const rest = reading.rest();
    await untilListed(far, [far]);
    expect(await rest).toBe(bytes);
    expect(await near.running.ended).toMatchObject({ code: 0 });
  });
});

describe('a reader that keeps on reading, slowly and for ever,', () => {
  /** Reads a little, again and again, so that it always moves. */
  async function dawdle(server: TestServer): Promise<{ readonly ended: Promise<unknown> }> {
    const one = await client(server);
    const proc = await one.walk(`${server.path}/p`).makeProc({
      Path: '/bin/sh',
      Args: ['-c', 'trap "" TERM; while :; do echo yes; sleep 0.05; done'],
    });
    const chunks = proc.stdout()[Symbol.asyncIterator]();
    await chunks.next();
    const ended = (async () => {
      for (;;) if ((await chunks.next()).done === true) return 'done';
    })().catch((error) => error.code);
    return { ended };
  }

  test('is cut off when the bound is over', async () => {
    const server = await startServer(['--drain', '1']);
    const { ended } = await dawdle(server);
    end(server, 'SIGTERM');
    expect(await server.running.ended).toMatchObject({ code: 0 });
    expect(await ended).toBe('SERVER_GONE');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('is cut off by a second signal, at once: %s', async (signal, code) => {
    const server = await startServer(['--drain', '80000']);
    await circuit(['mkchan', '-d', server.url, `${server.path}/c`, '0']);
    const { ended } = await dawdle(server);
    const waiting = begin(['recv', '-d', server.url, `${server.path}/c`]);
    await untilWaiting(server, { method: 'receive', count: 1, dialled: server });
    end(server, 'SIGTERM');
    expect((await waiting.ended).code).toBe(10);
    expect(server.running.over()).toBe(false);
    end(server, signal);
    expect(await server.running.ended).toMatchObject({ code, signal: undefined });
    expect(await ended).toBe('SERVER_GONE');
  });
});

test('a signal of a broken pipe is ignored', async () => {
  const server = await startServer();
  end(server, 'SIGPIPE');
  expect((await circuit(['ls', '-d', server.url, '/'])).out).toBe(`${server.path}\n`);
});

test('a drain that is no time is refused', async () => {
  expect(await circuit(['start', '--drain', 'x'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--drain x is not a time'),
  });
});
