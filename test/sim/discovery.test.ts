/** Servers that find each other by multicast: the scenario holds, and planted bugs are found. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import {
  accuracy,
  agreement,
  discoveryTraffic,
  merge,
  order,
  type Scenario,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { discover as find } from '../../src/client/discover.ts';
import { Candidates } from '../../src/discovery/candidates.ts';
import { Turns } from '../../src/discovery/turns.ts';
import type { CircuitError } from '../../src/errors.ts';
import { parseGroup } from '../../src/id.ts';
import { NEVER } from '../../src/time.ts';
import { broken, patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: whole } = await import('../../scenarios/discovery.ts');
const discover = parseGroup('228.8.8.8:7711');

describe('servers that know a multicast address alone become one circuit', () => {
  test.each(['1', '2', '3'])('a hundred, with seed %s', async (seed) => {
    const report = await simulate(whole, { seed, set: { idleMinutes: 10 } });
    expect(report.ok, told(report)).toBe(true);
  });
});

/** A crowd starts at one instant, and then nothing happens. */
const crowd = scenario({
  claim: 'a crowd says little',
  checks: [discoveryTraffic(), accuracy(), order(), agreement()],
  async run(cluster) {
    await cluster.startAll(40, { discover });
    await cluster.sleep(40 * SECOND);
    // The question of a client reaches all of them.
    const said = () => cluster.present.reduce((sum, { host }) => sum + host.sent.multicasts, 0);
    const before = said();
    const client = await find(cluster.clientHost(), discover);
    await cluster.sleep(SECOND);
    if (said() > before + 5) cluster.violate('G9 discovery', 'a client has too many answers');
    await client.close();
    await cluster.idle(() => cluster.sleep(600 * SECOND));
  },
});

/** Two circuits form while they cannot hear each other. */
const late = scenario({
  claim: 'circuits that hear each other late become one',
  checks: [merge(), agreement()],
  async run(cluster) {
    const [left, right] = [
      ['l1', 'l2', 'l3'],
      ['r1', 'r2', 'r3'],
    ];
    cluster.split([left, right]);
    for (const name of left) cluster.start({ name, discover, circuit: 'left' });
    for (const name of right) cluster.start({ name, discover, circuit: 'right' });
    await cluster.sleep(60 * SECOND);
    cluster.heal();
    await cluster.sleep(180 * SECOND);
    const circuits = new Set(cluster.present.map(({ circuit }) => circuit));
    if (circuits.size > 1) cluster.violate('G6 merge', 'they never found each other');
  },
});

describe('a bug in discovery is found', () => {
  const cases: readonly [string, Scenario, ReturnType<typeof patched>, string][] = [
    ['none', crowd, () => () => {}, 'nothing is broken'],
    ['none', late, () => () => {}, 'nothing is broken'],
    [
      'nobody keeps silent because another spoke',
      crowd,
      patched(Turns, 'heard', () => {}),
      'G9 discovery',
    ],
    [
      'announcements do not become rarer with the circuit',
      crowd,
      patched(Turns, 'deadline', (original) => original(1)),
      'G9 discovery',
    ],
    [
      'each answers each question of a server at once',
      crowd,
      patched(Turns, 'asked', (original, _self, now) => original(now, 'client', 1)),
      'G9 discovery',
    ],
    [
      'the circuit never says anything again once its servers have asked',
      late,
      patched(Turns, 'deadline', () => NEVER),
      'G6 merge',
    ],
    [
      'a server that was heard is never joined',
      late,
      patched(Candidates, 'heard', () => {}),
      'G4 agreement',
    ],
  ];
  test.each(cases)('%s', async (_name, scene, plant, wanted) => {
    const seeds = wanted === 'nothing is broken' ? ['1', '2', '3'] : ['1'];
    expect(await broken(scene, { patches: [plant] }, seeds)).toBe(wanted);
  });
});

describe('a client', () => {
  const within = (story: Scenario['run']) =>
    simulate(scenario({ claim: 'found', checks: [accuracy()], run: story }), { seed: '1' });

  test('finds a server by multicast, also when most packets are lost', async () => {
    const report = await within(async (cluster) => {
      const nodes = await cluster.startAll(10, { discover });
      cluster.impose({ type: 'loss', ratio: 0.4, from: 'any', to: 'any' }, 3 * SECOND);
      const client = await find(cluster.clientHost(), discover);
      expect(nodes.map(({ id }) => String(id))).toContain(client.server);
      await client.close();
      await cluster.sleep(5 * SECOND);
    });
    expect(report.ok, told(report)).toBe(true);
  });

  test('dials another server when one that answers cannot be dialled', async () => {
    const report = await within(async (cluster) => {
      await cluster.startAll(2, { discover });
      await cluster.sleep(15 * SECOND);
      const host = cluster.clientHost();
      // What n1 says is heard, and no connection comes to it.
      let dials = 0;
      const streams = {
        dial: (to: typeof discover, events: Parameters<typeof host.streams.dial>[1]) => {
          const isFirst = dials++ === 0;
          return host.streams.dial(isFirst ? parseGroup('239.1.1.1:1') : to, events);
        },
      };
      const { clock, random, multicast } = host;
      const client = await find({ clock, random, multicast, streams }, discover);
      expect(dials).toBeGreaterThan(1);
      await client.close();
    });
    expect(report.ok, told(report)).toBe(true);
  });

  test('is told within 5 s that no server answers; the original waited for ever', async () => {
    const report = await within(async (cluster) => {
      await cluster.startAll(1);
      const before = cluster.now;
      const failed = await find(cluster.clientHost(), discover).catch((error) => error);
      expect((failed as CircuitError).code).toBe('DIAL_FAILED');
      expect(cluster.now - before).toBe(5 * SECOND);
    });
    expect(report.ok, told(report)).toBe(true);
  });
});
