/** Selects on real servers: by the command line, by the library, and at servers. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CircuitError, errorCodes } from '../../src/index.ts';
import {
  begin,
  circuit,
  endAll,
  output,
  startServer,
  startServers,
  type TestServer,
  until,
  untilListed,
} from '../support/circuit.ts';
import { type ServerProgram, Stage } from '../support/programs.ts';

let servers: readonly TestServer[];
let names = 0;

beforeAll(async () => {
  servers = await startServers(3);
});
afterAll(endAll);

const at = (server: number) => servers[server] as TestServer;
const place = (server: number) => `${at(server).path}/select/${names++}`;
/** A command that dials the first server. */
const dialled = (...args: readonly string[]) => [
  args[0] as string,
  '-d',
  at(0).url,
  ...args.slice(1),
];
const say = (...args: readonly string[]) => output(dialled(...args));
const tell = (input: string, ...args: readonly string[]) => output(dialled(...args), { input });

async function chan(server: number, capacity = 0): Promise<string> {
  const path = place(server);
  await say('mkchan', path, String(capacity));
  return path;
}

async function sleeper(server: number): Promise<string> {
  const path = place(server);
  await tell('{"Path": "/bin/sleep", "Args": ["1000"]}', 'mkproc', path);
  return path;
}

/** Begins `circuit select` with these clauses; gives what it printed. */
function selecting(clauses: readonly object[], ...options: readonly string[]) {
  const running = begin(dialled('select', '--json', ...options), {
    input: JSON.stringify(clauses),
  });
  return running.ended.then(({ code, out, err }) => ({
    code,
    result: out === '' ? undefined : JSON.parse(out),
    err,
  }));
}

async function mkselect(server: number, clauses: readonly object[]): Promise<string> {
  const path = place(server);
  await tell(JSON.stringify(clauses), 'mkselect', path);
  return path;
}

const finalState = async (path: string) => JSON.parse(await say('wait', '--json', path));

describe('of several clauses', () => {
  test('the one wins at which something is sent', async () => {
    const [a, b] = [await chan(1), await chan(2)];
    const ended = selecting([
      { op: 'recv', path: a },
      { op: 'recv', path: b },
    ]);
    await tell('hello', 'send', b);
    expect(await ended).toMatchObject({
      code: 0,
      result: { Clause: 1, Op: 'recv', Path: b, Message: 'hello' },
    });
  });

  test('the one wins at which somebody receives', async () => {
    const [a, b] = [await chan(1), await chan(2)];
    const ended = selecting([
      { op: 'recv', path: a },
      { op: 'send', path: b, base64: 'AP8=' },
    ]);
    expect(JSON.parse(await say('recv', '--json', b))).toEqual({ base64: 'AP8=' });
    expect(await ended).toMatchObject({ code: 0, result: { Clause: 1, Op: 'send', Path: b } });
  });

  test('the one wins of which the process exits', async () => {
    const [a, job] = [await chan(1), await sleeper(2)];
    const ended = selecting([
      { op: 'recv', path: a },
      { op: 'exit', path: job },
    ]);
    await say('signal', 'KILL', job);
    expect(await ended).toMatchObject({
      code: 0,
      result: { Clause: 1, Op: 'exit', State: { Phase: 'signaled', Exit: { Signal: 'KILL' } } },
    });
  });

  test('the one wins that is told of an event', async () => {
    const [a, joined] = [await chan(1), place(2)];
    await say('mk@join', joined);
    const known = new Set<string>();
    for (const _ of servers) known.add((await say('recv', joined)).trim());
    expect(known).toEqual(new Set(servers.map(({ path }) => path)));
    const ended = selecting([
      { op: 'recv', path: a },
      { op: 'event', path: joined },
    ]);
    const fourth = await startServer(['-j', at(0).url]);
    const result = { Clause: 1, Op: 'event', Event: fourth.path };
    expect(await ended).toMatchObject({ code: 0, result });
    await output(['leave', '-d', fourth.url, fourth.path]);
    await fourth.running.ended;
    await untilListed(at(0), servers);
  });

  test('one that is closed wins, and one that is full does not', async () => {
    const [full, closed] = [await chan(1, 1), await chan(2)];
    await tell('x', 'send', full);
    await say('close', closed);
    const clauses = [
      { op: 'send', path: full, message: 'y' },
      { op: 'recv', path: closed },
    ];
    expect(await selecting(clauses)).toMatchObject({ result: { Clause: 1, Closed: true } });
  });
});

describe('circuit select', () => {
  test('gives up when the time allowed is over, and has done nothing', async () => {
    const [a, b] = [await chan(1), await chan(2)];
    const clauses = [
      { op: 'recv', path: a },
      { op: 'send', path: b, message: 'no' },
    ];
    expect((await selecting(clauses, '--timeout', '0.5')).code).toBe(errorCodes.TIMEOUT);
    expect((await circuit(dialled('recv', '--try', b))).code).toBe(errorCodes.WOULD_BLOCK);
  });

  test('with --try does what can be done at once, or nothing', async () => {
    const [a, b] = [await chan(1), await chan(2, 1)];
    const receive = [
      { op: 'recv', path: a },
      { op: 'recv', path: b },
    ];
    expect((await selecting(receive, '--try')).code).toBe(errorCodes.WOULD_BLOCK);
    await tell('there', 'send', b);
    expect(await selecting(receive, '--try')).toMatchObject({ result: { Message: 'there' } });
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '[{'],
    ['no list', '{"op": "recv"}'],
    ['an unknown op', '[{"op": "take", "path": "/X317c2314a386a9db/a"}]'],
  ])('refuses %s', async (_what, input) => {
    const { code, err } = await circuit(dialled('select'), { input });
    expect(code).toBe(errorCodes.BAD_ARGUMENT);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('a select at a server', () => {
  test('is done while nobody listens', async () => {
    const [a, b] = [await chan(0), await chan(1)];
    const path = await mkselect(2, [
      { op: 'recv', path: a },
      { op: 'recv', path: b },
    ]);
    expect(JSON.parse(await say('peek', path))).toMatchObject({ Phase: 'waiting', Result: null });
    expect(await say('ls', '-l', path.slice(0, path.lastIndexOf('/')))).toContain('select ');
    await tell('hello', 'send', a);
    const Result = { Clause: 0, Op: 'recv', Path: a, Message: 'hello' };
    expect(await finalState(path)).toMatchObject({ Phase: 'done', Result, Error: null });
    expect(JSON.parse(await say('peek', path))).toMatchObject({ Phase: 'done', Result });
  });

  test('of which each has what the other wants, both are done', async () => {
    const [a, b] = [await chan(0), await chan(1)];
    const one = await mkselect(2, [
      { op: 'send', path: a, message: 'm' },
      { op: 'recv', path: b },
    ]);
    const two = await mkselect(1, [
      { op: 'send', path: b, message: 'm' },
      { op: 'recv', path: a },
    ]);
    const results = [(await finalState(one)).Result, (await finalState(two)).Result];
    const received = results.filter(({ Op }) => Op === 'recv');
    expect(results.map(({ Op }) => Op).sort()).toEqual(['recv', 'send']);
    expect(received).toMatchObject([{ Message: 'm' }]);
  });

  test('ends by scrub, which tells those who wait', async () => {
    const a = await chan(0);
    const path = await mkselect(1, [{ op: 'recv', path: a }]);
    const waiting = begin(dialled('wait', path), { input: '' });
    await say('peek', path);
    await say('scrub', path);
    expect((await circuit(dialled('send', '--try', a), { input: 'x' })).code).toBe(
      errorCodes.WOULD_BLOCK,
    );
    // It may have come too late to wait.
    expect([errorCodes.ABORTED, errorCodes.NO_SUCH_ANCHOR]).toContain((await waiting.ended).code);
    expect((await circuit(dialled('peek', path))).code).toBe(errorCodes.NO_SUCH_ANCHOR);
  });

  test('that failed makes wait --status fail in the same way', async () => {
    const closed = await chan(0);
    await say('close', closed);
    const path = await mkselect(1, [{ op: 'send', path: closed, message: 'x' }]);
    const { code, out } = await circuit(dialled('wait', '--status', '--json', path));
    expect(code).toBe(errorCodes.CHANNEL_CLOSED);
    const { Phase, Error: why } = JSON.parse(out);
    expect({ Phase, Code: why.Code }).toEqual({ Phase: 'failed', Code: 'CHANNEL_CLOSED' });
    expect(why.Message).toContain(`clause 0, send ${closed}: `);
  });
});

describe('in the library', () => {
  const errorOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: CircuitError) => error,
    );

  test('two selects that have what the other wants meet, two hundred times', async () => {
    await using stage = new Stage();
    const [x, y, z] = (await stage.circuit(3)) as [ServerProgram, ServerProgram, ServerProgram];
    const [near, far] = [await stage.client(x), await stage.client(y)];
    const a = await near.walk(`/${x.id}/a`).makeChan(0);
    const b = await near.walk(`/${z.id}/b`).makeChan(0);
    const got: string[] = [];
    const rounds = Array.from({ length: 200 }, (_, round) => String(round));
    for (const message of rounds) {
      const results = await Promise.all([
        near.select([{ send: a, message }, { receive: b }]),
        far.select([{ send: b, message }, { receive: a }]),
      ]);
      expect(results.map(({ op }) => op).sort()).toEqual(['receive', 'send']);
      for (const { op, message: received } of results as { op: string; message?: Uint8Array }[]) {
        if (op === 'receive') got.push(new TextDecoder().decode(received));
      }
    }
    expect(got).toEqual(rounds);
    for (const each of [a, b]) {
      const { NumSend, NumRecv } = await each.peek();
      expect(NumSend).toBe(NumRecv);
    }
  });

  test('a hundred selects on one channel and a hundred sends: each has one', async () => {
    await using stage = new Stage();
    const [x, y] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
    const [near, far] = [await stage.client(x), await stage.client(y)];
    const a = await near.walk(`/${x.id}/a`).makeChan(0);
    const b = await near.walk(`/${y.id}/b`).makeChan(3);
    const selects = Array.from({ length: 100 }, () => far.select([{ receive: a }, { receive: b }]));
    const sends = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? a : b).send(String(i)));
    const got = (await Promise.all(selects)).map(({ message }) =>
      Number(new TextDecoder().decode(message)),
    );
    await Promise.all(sends);
    expect(got.sort((p, q) => p - q)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('the server of a clause is killed: SERVER_GONE, and the error names the clause', async () => {
    await using stage = new Stage();
    const [x, y, z] = (await stage.circuit(3)) as [ServerProgram, ServerProgram, ServerProgram];
    const client = await stage.client(x);
    const a = await client.walk(`/${y.id}/a`).makeChan(0);
    const b = await client.walk(`/${z.id}/b`).makeChan(0);
    const select = await client
      .walk(`/${y.id}/select`)
      .makeSelect([{ receive: a }, { receive: b }]);
    const selecting = errorOf(client.select([{ receive: a }, { receive: b }]));
    await client.servers();
    await z.kill();
    const error = await selecting;
    expect(error).toMatchObject({ code: 'SERVER_GONE', outcomeUnknown: false });
    expect(error?.message).toContain(`clause 1, receive ${b.path}: `);
    const { Phase, Error: why } = await select.wait();
    expect({ Phase, Code: why?.Code }).toEqual({ Phase: 'failed', Code: 'SERVER_GONE' });
    expect(why?.Message).toContain(`clause 1, receive ${b.path}: `);
  });

  test('the server that holds a select is killed: who waits for it gets SERVER_GONE', async () => {
    await using stage = new Stage();
    const [x, y] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
    const client = await stage.client(x);
    const a = await client.walk(`/${x.id}/a`).makeChan(0);
    const b = await client.walk(`/${x.id}/b`).makeChan(0);
    const select = await client
      .walk(`/${y.id}/select`)
      .makeSelect([{ send: a, message: 'lost' }, { receive: b }]);
    const waiting = errorOf(select.wait());
    await client.servers();
    await y.kill();
    expect(await waiting).toMatchObject({ code: 'SERVER_GONE' });
    // Nothing of it is left at the channels.
    await until(async () => !(await b.trySend('x')), 'nobody receives');
    expect(await a.tryReceive()).toBeUndefined();
  });
});
