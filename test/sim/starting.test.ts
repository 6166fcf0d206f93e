/** The ways in which servers are started, and what a report says of parameters and measures. */

import { describe, expect, test } from 'vitest';
import { accuracy, agreement, type Cluster, order, SECOND, scenario } from '../../sim/index.ts';
import { simulate, told } from '../support/simulate.ts';

async function inCluster(story: (cluster: Cluster) => Promise<void>): Promise<void> {
  const checks = [accuracy(), order(), agreement()];
  const report = await simulate(scenario({ claim: 'it comes true', checks, run: story }), {
    seed: '1',
  });
  expect(report.ok, told(report)).toBe(true);
}

const circuits = (cluster: Cluster) =>
  cluster.present.map(({ host, circuit, server }) => [host.name, circuit, server.members().length]);

describe('servers start', () => {
  test('all at one instant, through one of them', () =>
    inCluster(async (cluster) => {
      const seed = cluster.start();
      const before = cluster.now;
      const nodes = await cluster.startAll(30, { through: seed });
      expect(nodes.every(({ startedAt }) => startedAt === before)).toBe(true);
      expect(seed.server.members()).toHaveLength(31);
    }));

  test('all at one instant, where nobody was before: the first founds the circuit', () =>
    inCluster(async (cluster) => {
      const nodes = await cluster.startAll(5);
      expect(nodes.every(({ joinedAt }) => joinedAt !== undefined)).toBe(true);
    }));

  test('through a host on which no server is up yet', () =>
    inCluster(async (cluster) => {
      cluster.world.addHost('late').crash();
      const early = cluster.start({ circuit: 'x' });
      const node = cluster.start({ through: 'late', circuit: 'x' });
      await cluster.sleep(3 * SECOND);
      expect(node.joinedAt).toBeUndefined();
      cluster.start({ name: 'late', through: early });
      await cluster.untilJoined([node]);
      await cluster.sleep(SECOND);
      expect(early.server.members()).toHaveLength(3);
    }));

  test('all at one instant, through one of them by name, which founds the circuit', () =>
    inCluster(async (cluster) => {
      const nodes = await cluster.startAll(5, { through: 'n3' });
      expect(nodes[2]?.joinedAt).toBe(nodes[2]?.startedAt);
      expect(nodes.every(({ joinedAt }) => (joinedAt ?? 0) < SECOND)).toBe(true);
      await cluster.sleep(SECOND);
      expect(nodes[0]?.server.members()).toHaveLength(5);
    }));

  test('and wait while nobody is left to join', () =>
    inCluster(async (cluster) => {
      const [first] = await cluster.startMany(1);
      cluster.crash('n1');
      const node = cluster.start();
      await cluster.sleep(3 * SECOND);
      expect(node.joinedAt).toBeUndefined();
      cluster.start({ name: 'n1', circuit: first?.circuit ?? '', alone: true });
      await cluster.untilJoined([node]);
    }));

  test('and who names a host that never was is told so', async () => {
    const mistakes = ['crash', 'dark', 'leave', 'pause'] as const;
    for (const mistake of mistakes) {
      const story = (cluster: Cluster) => cluster[mistake]('n99', SECOND);
      await expect(inCluster(async (cluster) => story(cluster))).rejects.toThrow('host "n99"');
    }
    const played = inCluster(async (cluster) => {
      await cluster.startMany(2);
      cluster.play([{ at: cluster.now + 1, type: 'dark', host: 'n98' }]);
      await cluster.sleep(SECOND);
    });
    await expect(played).rejects.toThrow('there was never a host "n98"');
  });

  test('in circuits that know nothing of each other, until one is given the address of the other', () =>
    inCluster(async (cluster) => {
      const merged: string[][] = [];
      cluster.observe((event) => {
        if (event.type === 'merged') merged.push([...event.circuits]);
      });
      const [a] = await cluster.startMany(3, { circuit: 'a' });
      const [b] = await cluster.startMany(2, { circuit: 'b' });
      expect(circuits(cluster)).toEqual([
        ['n1', 'a', 3],
        ['n2', 'a', 3],
        ['n3', 'a', 3],
        ['n4', 'b', 2],
        ['n5', 'b', 2],
      ]);
      await cluster.join(a!, b!);
      await cluster.sleep(5 * SECOND);
      expect(merged).toEqual([['a', 'b']]);
      expect(new Set(circuits(cluster).map(([, circuit, size]) => `${circuit} ${size}`))).toEqual(
        new Set(['b 5']),
      );
      // A restart is in the circuit that its host was in.
      cluster.crash('n1');
      cluster.play([{ at: cluster.now + SECOND, type: 'start', host: 'n1' }]);
      await cluster.sleep(3 * SECOND);
      expect(cluster.on('n1')?.circuit).toBe('b');
    }));

  test('all anew, at the same addresses', () =>
    inCluster(async (cluster) => {
      const before = await cluster.startMany(12);
      const after = await cluster.restartAll({ awayUs: SECOND });
      expect(after.map(({ host }) => host.name)).toEqual(before.map(({ host }) => host.name));
      expect(before.every(({ ending }) => ending === 'crash')).toBe(true);
      await cluster.sleep(SECOND);
      expect(after.every(({ server }) => server.members().length === 12)).toBe(true);
    }));
});

describe('a scenario with parameters', () => {
  const sized = scenario({
    claim: 'as many as are asked for come',
    parameters: { servers: 3, seconds: 1 },
    checks: (p) => (p.servers > 3 ? [accuracy(), order()] : [accuracy()]),
    lengthUs: (p) => p.seconds * SECOND,
    goals: (p) => [{ measure: 'members', statistic: 'min', atLeast: p.servers }],
    async run(cluster, p) {
      const nodes = await cluster.startMany(p.servers);
      await cluster.sleep(p.seconds * SECOND);
      for (const { server } of nodes) cluster.measure('members', server.members().length);
    },
  });

  test('runs with its defaults', async () => {
    const report = await simulate(sized, { seed: '1' });
    expect(report).toMatchObject({
      ok: true,
      parameters: { servers: 3, seconds: 1 },
      measures: [
        { name: 'members', count: 3, min: 3, max: 3 },
        { name: 'departures judged', max: 0 },
        { name: 'departures excused', max: 0 },
      ],
      goals: [{ measure: 'members', statistic: 'min', figure: 3, reached: true }],
    });
    expect(report.checks).toHaveLength(1);
  });

  test('and with what is set instead', async () => {
    const report = await simulate(sized, { seed: '1', set: { servers: 5 } });
    expect(report.parameters).toEqual({ servers: 5, seconds: 1 });
    expect(report.serversStarted).toBe(5);
    expect(report.checks).toHaveLength(2);
  });

  test('a goal that is not reached does not break the run', async () => {
    const hopeful = scenario({
      claim: 'much is wanted',
      checks: [accuracy()],
      goals: [{ measure: 'x', statistic: 'max', atMost: 1 }],
      async run(cluster) {
        await cluster.startMany(2);
        cluster.measure('x', 2, 's');
      },
    });
    const { ok, goals } = await simulate(hopeful, { seed: '1' });
    expect(ok).toBe(true);
    expect(goals).toEqual([
      { measure: 'x', statistic: 'max', atMost: 1, unit: 's', figure: 2, reached: false },
    ]);
  });
});
