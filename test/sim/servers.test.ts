/** Servers that are looked after through others: what they tell of themselves, and their end. */

import { expect, test } from 'vitest';
import { type Cluster, SECOND } from '../../sim/index.ts';
import type { Host } from '../../src/host/index.ts';
import {
  type Address,
  type CircuitError,
  connect,
  limits,
  parseCircuitUrl,
  type ServerEvent,
  startServer,
} from '../../src/index.ts';
import { inCluster as inClusterOf } from '../support/simulate.ts';

const inCluster = (story: (cluster: Cluster) => Promise<void>) =>
  inClusterOf(story, { servers: 2 });

/** A client of one server, and what it has of the other. */
async function through(cluster: Cluster) {
  const [near, far] = cluster.present;
  const client = await cluster.client(near!);
  const root = client.walk(`/${far!.id}`);
  return { near: near!, far: far!, client, root, server: root.server() };
}

/** A connection on which nothing is said. */
function dial(host: Host, to: Address): { closed: string | undefined } {
  const line: { closed: string | undefined } = { closed: undefined };
  host.streams.dial(to, {
    received() {},
    drained() {},
    closed: (reason) => {
      line.closed = reason;
    },
  });
  return line;
}

const codeOf = (error: unknown) => (error as CircuitError).code;

test('the statistics of a server count what was made, done and failed there', () =>
  inCluster(async (cluster) => {
    const { far, root, server } = await through(cluster);
    expect(await root.get()).toBeInstanceOf(server.constructor);
    const before = await server.stats();
    expect(before).toMatchObject({
      Id: far.id,
      Url: far.server.url,
      Circuit: '',
      Version: '',
      Resident: 0,
      Elements: {},
      Anchors: 1,
      Operations: { Failed: 0, Pending: 0, Relayed: 0 },
      Members: 2,
      Neighbours: 1,
    });
    for (const name of ['a', 'b', 'c']) await root.walk(`chans/${name}`).makeChan(0);
    await root.walk('proc').makeProc({ Path: '/bin/sleep', Args: ['1'], Scrub: true });
    await root.walk('chans/a').scrub();
    await root
      .walk('chans/b')
      .makeChan(0)
      .catch(() => {});
    const waiting = root.walk('chans/b').chan().receive();
    const now = await server.stats();
    expect(now).toMatchObject({
      Elements: { chan: 2, proc: 1 },
      // The server itself, chans, chans/b, chans/c and proc.
      Anchors: 5,
      Operations: { Begun: before.Operations.Begun + 8, Failed: 1, Pending: 1 },
    });
    expect(now.Uptime).toBeGreaterThan(before.Uptime);
    expect(now.Cpu).toBeGreaterThan(before.Cpu);
    expect(now.Traffic.BytesIn).toBeGreaterThan(before.Traffic.BytesIn);
    await cluster.sleep(2 * SECOND);
    expect((await server.stats()).Elements).toEqual({ chan: 2 });
    await root.walk('chans/b').chan().send('x');
    await waiting;
    expect((await server.stats()).Operations.Pending).toBe(0);
  }));

test('the stacks of a server say what waits there, and the server in between for whom', () =>
  inCluster(async (cluster) => {
    const { near, far, client, root, server } = await through(cluster);
    const chan = await root.walk('some/chan').makeChan(0);
    await root.walk('job').makeProc({ Path: '/bin/sleep', Args: ['1000'] });
    const waiting = chan.receive().catch(codeOf);
    await cluster.sleep(3 * SECOND);
    const text = await server.stacks();
    expect(text).toContain(`server /${far.id} at ${far.server.url}`);
    expect(text).toMatch(
      new RegExp(` 3\\.\\d s  receive /${far.id}/some/chan  for client \\S+ through ${near.id}\n`),
    );
    expect(text).toMatch(new RegExp(`  proc /${far.id}/job  /bin/sleep\n`));
    expect(text).toContain('waiting tasks x ');
    expect(text).toMatch(/busy in 0 of 1 samples\n$/);
    const between = await client.walk(`/${near.id}`).server().stacks();
    expect(between).toMatch(
      new RegExp(` 3\\.\\d s  receive /${far.id}/some/chan  for client \\S+\n`),
    );
    await root.walk('some/chan').scrub();
    expect(await waiting).toBe('ABORTED');
    expect(await server.stacks()).toContain('operations that wait here: 0\n');
    const after = await client.walk(`/${near.id}`).server().stats();
    expect(after.Operations).toMatchObject({ Pending: 0, Relayed: 0 });
  }));

test('a profile takes the time asked for; bad times are refused, and a second one meanwhile', () =>
  inCluster(async (cluster) => {
    const { client, far, server } = await through(cluster);
    const from = cluster.now;
    const profiling = server.profile({ seconds: 10 });
    await cluster.sleep(SECOND);
    expect(await server.profile({ seconds: 1 }).catch(codeOf)).toBe('LIMIT');
    expect(await server.stacks()).toContain('a profile is being taken');
    expect(JSON.parse(await profiling)).toMatchObject({ samples: [2] });
    expect(cluster.now - from).toBeGreaterThanOrEqual(10 * SECOND);
    for (const seconds of [0, -1, Number.NaN, limits.profileMsMax / 1_000 + 0.001]) {
      expect(await server.profile({ seconds }).catch(codeOf)).toBe('BAD_ARGUMENT');
    }
    await server.profile({ seconds: 0.001 });
    expect(() => client.walk(`/${far.id}/x`).server()).toThrow('is not the anchor of a server');
    expect(() => client.walk('/').server()).toThrow('is not the anchor of a server');
  }));

test('a profile ends when its client gives up or goes, and the next one begins at once', () =>
  inCluster(async (cluster) => {
    const { near, far, server } = await through(cluster);
    const from = cluster.now;
    const given = server.profile({ seconds: 3_000, timeoutMs: 1_000 });
    expect(await given.catch(codeOf)).toBe('TIMEOUT');
    await server.profile({ seconds: 0.1 });
    const other = await cluster.client(near);
    const lost = other.walk(`/${far.id}`).server().profile({ seconds: 3_000 }).catch(codeOf);
    await cluster.sleep(SECOND);
    expect(await server.profile({ seconds: 0.1 }).catch(codeOf)).toBe('LIMIT');
    await other.close();
    await lost;
    await cluster.sleep(SECOND / 10);
    await server.profile({ seconds: 0.1 });
    expect(cluster.now - from).toBeLessThan(5 * SECOND);
  }));

test.each(['the one dialled', 'another one'])(
  'a server that is told to end at once answers, and says no goodbye: %s',
  (which) =>
    inCluster(async (cluster) => {
      const [near] = cluster.present;
      const events: ServerEvent['type'][] = [];
      const host = cluster.world.addHost('doomed');
      const doomed = startServer(host, { observe: ({ type }) => void events.push(type) });
      await new Promise<void>((resolve) => {
        doomed.join(parseCircuitUrl(near!.server.url), () => resolve());
      });
      await cluster.sleep(SECOND);
      const dialled = which === 'another one' ? near!.server.url : doomed.url;
      const client = await connect(cluster.clientHost(), dialled);
      const root = client.walk(`/${doomed.id}`);
      const chan = await root.walk('c').makeChan(0);
      const waiting = chan.receive().catch(codeOf);
      const raw = cluster.clientHost();
      const line = dial(raw, host.streams.address);
      await cluster.sleep(SECOND / 10);
      expect(await root.server().suicide()).toBe(undefined);
      expect(await waiting).toBe('SERVER_GONE');
      // What was said last is still on its way out, but nobody gets in any more.
      expect(events).not.toContain('stopped');
      const late = dial(raw, host.streams.address);
      await cluster.sleep(SECOND / 10);
      expect([line.closed, late.closed]).toEqual(['ended', 'refused']);
      await cluster.sleep(3 * SECOND);
      expect(events.at(-1)).toBe('stopped');
      const seen = cluster.present.map(({ server }) => server.membership());
      for (const view of seen) expect(view.has(doomed.id)).toBe(false);
      expect(seen.some(({ counters }) => counters.refused > 0)).toBe(true);
    }),
);

test('who leaves the loop over a log reads no journal any more, also where nothing happens', () =>
  inCluster(async (cluster) => {
    const { client, root, server } = await through(cluster);
    cluster.world.after(5 * SECOND, () => void root.walk('late').makeChan(0));
    for await (const { path } of client.log({ follow: true })) if (path?.endsWith('/late')) break;
    await cluster.sleep(SECOND); // Both servers have heard of it.
    expect(await server.stats()).toMatchObject({ Operations: { Pending: 0 } });
  }));

test('a journal is read from a number that there may be', () =>
  inCluster(async (cluster) => {
    const { server } = await through(cluster);
    for (const from of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await server.journal({ from }).next().catch(codeOf)).toBe('BAD_ARGUMENT');
    }
  }));
