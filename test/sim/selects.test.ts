/** Selects over simulated servers: of clients, and of servers themselves. */

import { describe, expect, test } from 'vitest';
import { accuracy, type Cluster, type Node, SECOND, scenario } from '../../sim/index.ts';
import { type CircuitError, type Client, limits, Select } from '../../src/index.ts';
import { simulate, told } from '../support/simulate.ts';

interface Story {
  readonly cluster: Cluster;
  readonly nodes: readonly [Node, Node, Node];
  readonly client: Client;
  /** Makes unbuffered channels, one on each server. */
  readonly channels: () => Promise<readonly [Chan, Chan, Chan]>;
}
type Chan = Awaited<ReturnType<ReturnType<Client['walk']>['makeChan']>>;

/** Runs a story on three servers, and fails where the story does. */
async function inCluster(story: (story: Story) => Promise<void>, seed = '1'): Promise<void> {
  const report = await simulate(
    scenario({
      claim: 'the story comes true',
      checks: [accuracy()],
      async run(cluster) {
        const nodes = (await cluster.startMany(3)) as unknown as readonly [Node, Node, Node];
        const client = await cluster.client(nodes[0]);
        const channels = () =>
          Promise.all(nodes.map(({ id }) => client.walk(`/${id}/chan`).makeChan(0)));
        const three = async () => (await channels()) as unknown as readonly [Chan, Chan, Chan];
        await story({ cluster, nodes, client, channels: three });
      },
    }),
    { seed },
  );
  expect(report.ok, told(report)).toBe(true);
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => expect.unreachable(`no error but ${JSON.stringify(value)}`),
    (error: CircuitError) => error,
  );
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe('a select of a client', () => {
  test('receives what is sent by whoever is first, and leaves the others where they are', () =>
    inCluster(async ({ cluster, channels, client }) => {
      const [a, b, c] = await channels();
      const selecting = client.select([{ receive: a }, { receive: b }, { send: c, message: 'no' }]);
      await cluster.sleep(SECOND);
      const sent = b.send('two');
      const result = await selecting;
      expect(result).toMatchObject({ index: 1, op: 'receive', closed: false });
      if (result.index === 1) expect(text(result.message)).toBe('two');
      await sent;
      expect(await a.trySend('none')).toBe(false);
      expect(await c.tryReceive()).toBeUndefined();
    }));

  test('sends to whoever receives first', () =>
    inCluster(async ({ cluster, channels, client }) => {
      const [a, b] = await channels();
      const selecting = client.select([
        { send: a, message: 'to a' },
        { send: b, message: 'to b' },
      ]);
      await cluster.sleep(SECOND);
      expect(await b.receiveText()).toBe('to b');
      expect(await selecting).toEqual({ index: 1, op: 'send' });
      expect(await a.tryReceive()).toBeUndefined();
    }));

  test('sends into a buffer that has room', () =>
    inCluster(async ({ nodes, client, channels }) => {
      const [a] = await channels();
      const buffered = await client.walk(`/${nodes[1].id}/buffered`).makeChan(1);
      const result = await client.select([{ receive: a }, { send: buffered, message: 'kept' }]);
      expect(result).toEqual({ index: 1, op: 'send' });
      expect(await buffered.receiveText()).toBe('kept');
    }));

  test('takes a message that is there already, of many MiB too', () =>
    inCluster(async ({ cluster, channels, client }) => {
      const [a, b] = await channels();
      const long = new Uint8Array(5 * 1024 * 1024).fill(7);
      const sent = b.send(long);
      await cluster.sleep(SECOND);
      const result = await client.select([{ receive: a }, { receive: b }]);
      expect(result.index).toBe(1);
      expect(result.message?.length).toBe(long.length);
      await sent;
    }));

  test('ends with the exit of a process, and gives its final state', () =>
    inCluster(async ({ nodes, channels, client }) => {
      const [a] = await channels();
      const proc = await client.walk(`/${nodes[2].id}/cat`).makeProc({ Path: '/bin/cat' });
      const selecting = client.select([{ receive: a }, { exit: proc }]);
      await proc.signal('KILL');
      const result = await selecting;
      expect(result).toMatchObject({ index: 1, op: 'exit', state: { Phase: 'signaled' } });
      if (result.index === 1) expect(result.state.Exit?.Signal).toBe('KILL');
    }));

  test('ends with the next event of a subscription', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a] = await channels();
      const leaving = await client.walk(`/${nodes[0].id}/leaving`).makeOnLeave();
      const selecting = client.select([{ receive: a }, { event: leaving }]);
      await cluster.sleep(SECOND);
      cluster.crash(nodes[2].host.name);
      expect(await selecting).toEqual({ index: 1, op: 'event', path: `/${nodes[2].id}` });
    }));

  test('says of a channel that is closed and empty that it is', () =>
    inCluster(async ({ cluster, channels, client }) => {
      const [a, b] = await channels();
      const selecting = client.select([{ receive: a }, { receive: b }]);
      await cluster.sleep(SECOND);
      await b.close();
      const closed = { index: 1, op: 'receive', closed: true, message: undefined };
      expect(await selecting).toEqual(closed);
    }));

  test('gives up after a while, or when it is told to, and then nothing was done', () =>
    inCluster(async ({ cluster, channels, client }) => {
      const [a, b] = await channels();
      const clauses = [{ receive: a }, { send: b, message: 'no' }] as const;
      const late = await errorOf(client.select(clauses, { timeoutMs: 500 }));
      expect(late).toMatchObject({ code: 'TIMEOUT', outcomeUnknown: false });
      const abort = new AbortController();
      const selecting = errorOf(client.select(clauses, { signal: abort.signal }));
      await cluster.sleep(SECOND);
      abort.abort();
      expect(await selecting).toMatchObject({ code: 'CANCELLED', outcomeUnknown: false });
      expect(await errorOf(client.select(clauses, { signal: abort.signal }))).toMatchObject({
        code: 'CANCELLED',
      });
      expect(await b.tryReceive()).toBeUndefined();
      expect(await a.trySend('nobody')).toBe(false);
    }));
});

describe('a select fails, and names the clause,', () => {
  test('when it would send to a channel that is closed', () =>
    inCluster(async ({ channels, client }) => {
      const [a, b] = await channels();
      await b.close();
      const error = await errorOf(client.select([{ receive: a }, { send: b, message: 'x' }]));
      expect(error).toMatchObject({ code: 'CHANNEL_CLOSED' });
      expect(error.message).toContain(`clause 1, send ${b.path}: `);
    }));

  test('when a channel is scrubbed meanwhile', () =>
    inCluster(async ({ cluster, channels, client }) => {
      const [a, b] = await channels();
      const selecting = errorOf(client.select([{ receive: a }, { receive: b }]));
      await cluster.sleep(SECOND);
      await b.scrub();
      const error = await selecting;
      expect(error).toMatchObject({ code: 'ABORTED', outcomeUnknown: false });
      expect(error.message).toContain(`clause 1, receive ${b.path}: `);
    }));

  test('when there is no such channel, or what is there is none', () =>
    inCluster(async ({ nodes, channels, client }) => {
      const [a] = await channels();
      const nothing = client.walk(`/${nodes[1].id}/nothing`).chan();
      const error = await errorOf(client.select([{ receive: a }, { receive: nothing }]));
      expect(error).toMatchObject({ code: 'NO_SUCH_ANCHOR' });
      expect(error.message).toContain('clause 1, ');
      const wrong = await errorOf(client.select([{ exit: client.walk(a.path).proc() }]));
      expect(wrong).toMatchObject({ code: 'WRONG_KIND' });
    }));

  test('when the server of a clause is gone', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, , c] = await channels();
      const selecting = errorOf(client.select([{ receive: a }, { receive: c }]));
      await cluster.sleep(SECOND);
      cluster.crash(nodes[2].host.name);
      const error = await selecting;
      expect(error).toMatchObject({ code: 'SERVER_GONE', outcomeUnknown: false });
      expect(error.message).toContain(`clause 1, receive ${c.path}: `);
    }));

  test('when the server is gone that was asked to send, and then says that it may have', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [, , c] = await channels();
      const other = await cluster.client(nodes[1]);
      const watching = errorOf(other.select([{ receive: c }]));
      const selecting = errorOf(client.select([{ send: c, message: 'lost?' }]));
      await cluster.sleep(1_000);
      cluster.crash(nodes[2].host.name);
      expect((await selecting).code).toBe('SERVER_GONE');
      expect((await watching).code).toBe('SERVER_GONE');
    }));

  test('for clauses that make no sense', () =>
    inCluster(async ({ channels, client }) => {
      const [a] = await channels();
      expect((await errorOf(client.select([]))).code).toBe('BAD_ARGUMENT');
      const message = new Uint8Array(limits.messageHeadBytes + 1);
      expect((await errorOf(client.select([{ send: a, message }]))).code).toBe('LIMIT');
      const many = Array.from({ length: limits.selectClausesMax + 1 }, () => ({ receive: a }));
      expect((await errorOf(client.select(many))).code).toBe('LIMIT');
    }));
});

test('a select that does not wait does what can be done at once, or says that there is nothing', () =>
  inCluster(async ({ cluster, nodes, channels, client }) => {
    const [a, b] = await channels();
    const proc = await client.walk(`/${nodes[2].id}/cat`).makeProc({ Path: '/bin/cat' });
    const clauses = [{ receive: a }, { send: b, message: 'x' }, { exit: proc }] as const;
    const at = { otherwise: true };
    expect(await client.select(clauses, at)).toEqual({ op: 'otherwise', index: undefined });
    const receiving = b.receiveText();
    await cluster.sleep(SECOND);
    expect(await client.select(clauses, at)).toMatchObject({ index: 1, op: 'send' });
    expect(await receiving).toBe('x');
    await proc.signal('KILL');
    await proc.wait();
    expect(await client.select(clauses, at)).toMatchObject({ index: 2, op: 'exit' });
  }));

describe('two selects that have what the other wants', () => {
  test.each(['1', '2', '3'])('meet, two hundred times, with seed %s', (seed) =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, b] = await channels();
      const other = await cluster.client(nodes[2]);
      let toA = 0;
      for (let round = 0; round < 200; round++) {
        const message = String(round);
        const [one, two] = await Promise.all([
          client.select([{ send: a, message }, { receive: b }]),
          other.select([{ send: b, message }, { receive: a }]),
        ]);
        expect([one.op, two.op].sort()).toEqual(['receive', 'send']);
        const received = one.op === 'receive' ? one : two;
        if (received.op === 'receive') expect(text(received.message)).toBe(message);
        if (one.op === 'send') toA++;
      }
      expect(toA).toBeGreaterThan(20);
      expect(toA).toBeLessThan(180);
      const states = await Promise.all([a.peek(), b.peek()]);
      expect(states.map(({ NumSend, NumRecv }) => NumSend - NumRecv)).toEqual([0, 0]);
      expect(states.reduce((sum, { NumRecv }) => sum + NumRecv, 0)).toBe(200);
    }, seed),
  );
});

describe('a select at a server', () => {
  test('goes on when nobody listens, and keeps what came of it', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, b] = await channels();
      const path = `/${nodes[1].id}/select`;
      const made = await (await cluster.client(nodes[2]))
        .walk(path)
        .makeSelect([{ receive: a }, { receive: b }]);
      expect(await made.peek()).toEqual({
        Clauses: [
          { Op: 'recv', Path: a.path },
          { Op: 'recv', Path: b.path },
        ],
        Phase: 'waiting',
        Result: null,
        Error: null,
      });
      await a.send('hello');
      expect(await client.walk(path).get()).toBeInstanceOf(Select);
      const state = { Clause: 0, Op: 'recv', Path: a.path, Message: 'hello' };
      expect(await client.walk(path).select().wait()).toMatchObject({
        Phase: 'done',
        Result: state,
      });
      expect(await client.walk(path).peek()).toMatchObject({ Result: state });
    }));

  test('sends, and tells those who wait', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, b] = await channels();
      const made = await client
        .walk(`/${nodes[1].id}/select`)
        .makeSelect([{ receive: a }, { send: b, message: Uint8Array.of(255) }]);
      const waiting = made.wait();
      await cluster.sleep(SECOND);
      expect(await b.receive()).toEqual(Uint8Array.of(255));
      const Result = { Clause: 1, Op: 'send', Path: b.path };
      expect(await waiting).toMatchObject({ Phase: 'done', Result, Error: null });
    }));

  test('is itself something that a select can wait for', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, b, c] = await channels();
      const inner = await client.walk(`/${nodes[1].id}/inner`).makeSelect([{ receive: a }]);
      const outer = await client
        .walk(`/${nodes[2].id}/outer`)
        .makeSelect([{ receive: b }, { exit: inner }]);
      const selecting = client.select([{ receive: c }, { exit: outer }]);
      await cluster.sleep(SECOND);
      await a.send('inside');
      const result = await selecting;
      expect(result).toMatchObject({ index: 1, state: { Result: { Clause: 1, Op: 'exit' } } });
    }));

  test('fails with a clause, and keeps why', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, , c] = await channels();
      const made = await client
        .walk(`/${nodes[1].id}/select`)
        .makeSelect([{ receive: a }, { receive: c }]);
      await cluster.sleep(SECOND);
      cluster.crash(nodes[2].host.name);
      const { Phase, Error: why } = await made.wait();
      expect({ Phase, Code: why?.Code }).toEqual({ Phase: 'failed', Code: 'SERVER_GONE' });
      expect(why?.Message).toContain(`clause 1, receive ${c.path}: `);
    }));

  test('fails when it receives more than it may keep, and the sender is told', () =>
    inCluster(async ({ nodes, channels, client }) => {
      const [a] = await channels();
      const made = await client.walk(`/${nodes[1].id}/select`).makeSelect([{ receive: a }]);
      const sending = errorOf(a.send(new Uint8Array(4 * limits.selectMessageBytesMax)));
      expect((await made.wait()).Error).toMatchObject({ Code: 'LIMIT', OutcomeUnknown: true });
      expect((await sending).code).toBe('PEER_GONE');
      const again = await client.walk(`/${nodes[1].id}/again`).makeSelect([{ receive: a }]);
      await a.send(new Uint8Array(limits.selectMessageBytesMax));
      expect((await again.wait()).Result?.Message?.length).toBe(limits.selectMessageBytesMax);
    }));

  test('that is scrubbed does nothing any more, and those who wait are told', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, b] = await channels();
      const made = await client
        .walk(`/${nodes[1].id}/select`)
        .makeSelect([{ receive: a }, { send: b, message: 'no' }]);
      const waiting = errorOf(made.wait());
      await cluster.sleep(SECOND);
      await made.scrub();
      expect(await waiting).toMatchObject({ code: 'ABORTED', outcomeUnknown: false });
      expect(await b.tryReceive()).toBeUndefined();
      expect(await a.trySend('nobody')).toBe(false);
    }));

  test('that is scrubbed while its send waits has sent, or never will', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a, b] = await channels();
      for (let round = 0; round < 50; round++) {
        const made = await client
          .walk(`/${nodes[1].id}/select`)
          .makeSelect([{ receive: a }, { send: b, message: 'once' }]);
        const waiting = made.wait().then(
          ({ Phase }) => Phase as string,
          (error: CircuitError) => error.code as string,
        );
        const receiving = b.receiveText({ timeoutMs: 50 }).catch((error) => error.code);
        await cluster.sleep(round * 100);
        await made.scrub();
        const isSent = (await waiting) === 'done';
        expect(await receiving).toBe(isSent ? 'once' : 'TIMEOUT');
      }
    }));

  test('is gone with its server, and who waits is told', () =>
    inCluster(async ({ cluster, nodes, channels, client }) => {
      const [a] = await channels();
      const made = await client.walk(`/${nodes[1].id}/select`).makeSelect([{ receive: a }]);
      const waiting = errorOf(made.wait());
      await cluster.sleep(SECOND);
      cluster.crash(nodes[1].host.name);
      expect((await waiting).code).toBe('SERVER_GONE');
      // Nobody waits at the channel any more for a receiver that is no more.
      expect(await a.trySend('nobody')).toBe(false);
    }));

  test('is refused when too many clauses wait already, and not when they are over', () =>
    inCluster(async ({ nodes, channels, client }) => {
      const [a, b] = await channels();
      const many = Array.from({ length: limits.selectClausesMax }, () => ({ receive: a }));
      const most = limits.selectClausesWaitingMax / limits.selectClausesMax;
      const at = (index: number) => client.walk(`/${nodes[1].id}/many/${index}`);
      for (let index = 0; index < most; index++) await at(index).makeSelect(many);
      const refused = await errorOf(at(most).makeSelect([{ receive: b }]));
      expect(refused.code).toBe('LIMIT');
      expect(refused.message).toContain('(limit selectClausesWaitingMax: 8192)');
      await at(0).scrub();
      await at(most).makeSelect([{ receive: b }]);
    }));

  test('is refused where its clauses make no sense, or where something is', () =>
    inCluster(async ({ nodes, channels, client }) => {
      const [a] = await channels();
      const at = client.walk(`/${nodes[1].id}/select`);
      expect((await errorOf(at.makeSelect([]))).code).toBe('BAD_ARGUMENT');
      await at.makeSelect([{ receive: a }]);
      expect((await errorOf(at.makeSelect([{ receive: a }]))).code).toBe('ANCHOR_BUSY');
      expect((await client.walk(`/${nodes[1].id}`).view()).map(({ kind }) => kind)).toContain(
        'select',
      );
    }));
});
