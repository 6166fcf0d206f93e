/** What a server says of the circuit, and what it refuses, in the simulated world. */

import { expect, test } from 'vitest';
import { agreement, type Cluster, SECOND, scenario } from '../../sim/index.ts';
import { parseCircuitUrl, type ServerEvent, startServer } from '../../src/index.ts';
import { simulate, told } from '../support/simulate.ts';

async function inCluster(count: number, story: (cluster: Cluster) => Promise<void>) {
  const report = await simulate(
    scenario({
      claim: 'the story comes true',
      checks: [agreement()],
      async run(cluster) {
        await cluster.startMany(count);
        await story(cluster);
      },
    }),
    { seed: '1' },
  );
  expect(report.ok, told(report)).toBe(true);
}

test('of 40 servers a client gets the state of each, measured where it is a neighbour', () =>
  inCluster(40, async (cluster) => {
    await cluster.sleep(30 * SECOND);
    const [node] = cluster.present;
    const client = await cluster.client(node!);
    const members = await client.members();
    expect(members.map(({ id }) => id)).toEqual(cluster.present.map(({ id }) => id).sort());
    const { server } = node!;
    const neighbours = server.membership().neighbours();
    for (const member of members) {
      const where = cluster.node(member.id)!;
      expect(member.url).toBe(where.server.url);
      expect(member.neighbours).toBe(where.server.membership().neighbours().length);
      expect(member.dialled).toBe(member.id === node!.id);
      expect(member.roundTripMs !== undefined).toBe(neighbours.includes(member.id));
      expect(member.roundTripMs ?? 1).toBeGreaterThan(0);
      expect([member.suspected, member.incarnation, member.circuit]).toEqual([false, 0, '']);
      expect(member.ageMs).toBeGreaterThan(29_000);
    }
    const dark = cluster.present.find(({ id }) => neighbours.includes(id))!;
    cluster.dark(dark.host.name);
    let suspected: string[] = [];
    for (let i = 0; i < 60 && suspected.length === 0; i++) {
      await cluster.sleep(SECOND / 10);
      suspected = (await client.members()).filter((each) => each.suspected).map(({ id }) => id);
    }
    expect(suspected).toEqual([dark.id]);
  }));

test('calls of other servers are told of as they are acted on, and after their caller', () =>
  inCluster(3, async (cluster) => {
    const [near] = cluster.present;
    const events: ServerEvent[] = [];
    const host = cluster.world.addHost('watched');
    const server = startServer(host, { observe: (event) => void events.push(event) });
    await new Promise<void>((resolve) => {
      server.join(parseCircuitUrl(near!.server.url), () => resolve());
    });
    const client = await cluster.client(near!);
    // The news of it may not have arrived at the server that is dialled when it has joined.
    await client.walk(`/${server.id}/c`).makeChan(1);
    expect(events).toContainEqual({ type: 'served', from: near!.id, method: 'makeChan' });
    const places = ['joined', 'served'].map((type) =>
      events.findIndex((event) => {
        const subject = 'from' in event ? event.from : 'member' in event ? event.member.id : '';
        return event.type === type && subject === near!.id;
      }),
    );
    expect(places[0]).toBeGreaterThanOrEqual(0);
    expect(places[0]).toBeLessThan(places[1] as number);
    server.leave();
    await cluster.sleep(5 * SECOND);
  }));

test('a server of another circuit joins nobody, and is told why at once', () =>
  inCluster(2, async (cluster) => {
    const [node] = cluster.present;
    const stranger = startServer(cluster.world.addHost('stranger'), { circuit: 'other' });
    const from = cluster.now;
    const outcome = await new Promise((resolve) => {
      stranger.join(parseCircuitUrl(node!.server.url), (error, isFinal) =>
        resolve({ code: error?.code, isFinal }),
      );
    });
    expect(outcome).toEqual({ code: 'WRONG_CIRCUIT', isFinal: true });
    expect(cluster.now - from).toBeLessThan(SECOND);
    expect([stranger.members().length, node!.server.members().length]).toEqual([1, 2]);
    stranger.stop();
  }));
