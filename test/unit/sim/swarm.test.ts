/** Schedules of a swarm, and of the faults that it is drawn from. */

import { describe, expect, test } from 'vitest';
import { SWARM_KINDS } from '../../../sim/faults/swarm-kinds.ts';
import {
  ailing,
  badLinks,
  duplication,
  flashCrowd,
  type Incident,
  lifetime,
  PARTITION_SHAPES,
  type PartitionShape,
  partitioned,
  Rules,
  reordering,
  rollingRestart,
  SECOND,
  SimRandom,
  sitesApart,
  slowTail,
  swarm,
  swizzle,
  waves,
} from '../../../sim/index.ts';

const hosts = ['n1', 'n2', 'n3', 'n4', 'n5'];
const random = (label = 'x') => new SimRandom(label);
const ways = { crash: 1, dark: 1, leave: 1 };

/** Who hears whom while all of the incidents are in force: 'ab' for n1 and n2. */
function hearing(incidents: readonly Incident[]): Set<string> {
  const rules = new Rules(
    1,
    hosts.map((name, index) => ({ name, index })),
    () => {},
  );
  for (const incident of incidents) {
    if (incident.type === 'rule') rules.add(incident.rule);
    if (incident.type !== 'split') continue;
    const named = incident.groups.flat();
    const sides = [...incident.groups, hosts.filter((host) => !named.includes(host))];
    for (const from of sides) {
      for (const to of sides) if (from !== to) rules.add({ type: 'cut', from, to });
    }
  }
  const heard = new Set<string>();
  for (const [a, from] of hosts.entries()) {
    for (const [b, to] of hosts.entries()) {
      if (a !== b && !rules.cut(a, b)) heard.add(from + to);
    }
  }
  return heard;
}

describe('a partition', () => {
  const of = (shape: PartitionShape, seed = 'x') =>
    hearing(partitioned(random(seed), { hosts, shape, fromUs: 0, forUs: SECOND }));
  const degrees = (heard: Set<string>) =>
    hosts.map((host) => [...heard].filter((pair) => pair.startsWith(host)).length).toSorted();

  test.each([
    ['halves', [1, 1, 2, 2, 2]],
    ['thirds', [0, 1, 1, 1, 1]],
    ['one apart', [0, 3, 3, 3, 3]],
    ['ring', [2, 2, 2, 2, 2]],
    ['bridge', [2, 2, 2, 2, 4]],
    ['majorities', [2, 2, 2, 2, 2]],
  ] as const)('in the shape of %s leaves each with as many', (shape, expected) => {
    expect(degrees(of(shape))).toEqual(expected);
    expect(of(shape)).toEqual(of(shape));
  });

  test('is drawn, and cuts both ways', () => {
    for (const shape of PARTITION_SHAPES) {
      const drawn = Array.from({ length: 8 }, (_, i) => of(shape, String(i)));
      expect(new Set(drawn.map((heard) => [...heard].join())).size).toBeGreaterThan(1);
      for (const heard of drawn) {
        for (const pair of heard) expect(heard).toContain(pair.slice(2) + pair.slice(0, 2));
      }
    }
  });
});

test('a swizzle clogs one after the other, and frees all in another order', () => {
  const incidents = swizzle(random(), { hosts, fromUs: SECOND, gapUs: 10 });
  expect(incidents.map(({ at }) => at - SECOND)).toEqual([0, 10, 20, 30, 40]);
  const ends = incidents.map((each) => ('forUs' in each ? each.at + each.forUs - SECOND : 0));
  expect(ends.toSorted((a, b) => a - b)).toEqual([50, 60, 70, 80, 90]);
  expect(ends).not.toEqual(ends.toSorted((a, b) => a - b));
});

test('links are bad in the direction that is asked for', () => {
  const sides = (direction: 'in' | 'out' | 'both') =>
    badLinks({ hosts: ['n1'], fromUs: 1, forUs: 2, fault: duplication(0.1), direction })[0];
  expect(sides('in')).toMatchObject({ at: 1, forUs: 2, rule: { from: 'any', to: ['n1'] } });
  expect(sides('out')).toMatchObject({ rule: { from: ['n1'], to: 'any', bothWays: false } });
  expect(sides('both')).toMatchObject({ rule: { type: 'duplicate', bothWays: true } });
  expect(reordering(0.2, 9)).toMatchObject({ type: 'delay', ratio: 0.2, maxUs: 9 });
  expect(slowTail(0.01, 9)).toMatchObject({ type: 'delay', ratio: 0.01, shape: 'heavy' });
});

test('sites are as far apart as their numbers differ', () => {
  const sites = [['n1'], ['n2'], ['n3', 'n4']];
  const incidents = sitesApart({ sites, minUs: 10, maxUs: 30, fromUs: 0, forUs: 1 });
  const times = incidents.map((each) => (each.type === 'rule' ? JSON.stringify(each.rule) : ''));
  expect(times).toHaveLength(3);
  expect(times[0]).toContain('"minUs":10,"maxUs":10,"from":["n1"],"to":["n2"]');
  expect(times[1]).toContain('"minUs":30,"maxUs":30,"from":["n1"],"to":["n3","n4"]');
  expect(times[2]).toContain('"minUs":10,"maxUs":10,"from":["n2"],"to":["n3","n4"]');
});

test('a rolling restart is of one at a time', () => {
  const options = { hosts, fromUs: 0, everyUs: 10, awayUs: 4, way: 'leave' as const };
  const incidents = rollingRestart(options);
  expect(incidents.map(({ at, type }) => `${at} ${type}`).slice(0, 4)).toEqual([
    ...['0 leave', '4 start', '10 leave', '14 start'],
  ]);
});

test('a flash crowd comes within a moment, and each stays as long', () => {
  const incidents = flashCrowd(random(), {
    ...{ hosts, fromUs: SECOND, withinUs: 100, stayUs: 1_000, ways },
  });
  const starts = incidents.filter(({ type }) => type === 'start');
  expect(starts.every(({ at }) => at >= SECOND && at < SECOND + 100)).toBe(true);
  expect(incidents.slice(5).map(({ at }) => at)).toEqual(starts.map(({ at }) => at + 1_000));
});

test('waves are of servers that go, and are all back before the next', () => {
  const many = Array.from({ length: 20 }, (_, i) => `n${i}`);
  const incidents = waves(random(), {
    ...{ hosts: many, fromUs: 0, toUs: 60 * SECOND, periodUs: 20 * SECOND, share: 0.3, ways },
  });
  expect(incidents).toHaveLength(3 * 6 * 2);
  for (const { at, type } of incidents) {
    expect(at % (20 * SECOND) < 10 * SECOND).toBe(type !== 'start');
  }
});

test('ailments are of a share of the hosts, every so often', () => {
  const incidents = ailing(random(), {
    ...{ hosts, ailment: { type: 'no-spawn' }, fromUs: 0, toUs: 30, everyUs: 10 },
    ...{ share: 0.4, forUs: 5 },
  });
  expect(incidents).toHaveLength(6);
  expect(incidents[0]).toMatchObject({ type: 'ailment', ailment: { type: 'no-spawn' }, forUs: 5 });
});

test('half of all lives are shorter than the median, and their tails differ', () => {
  const lives = (lifetimes: Parameters<typeof lifetime>[1]) => {
    const stream = random();
    const drawn = Array.from({ length: 10_000 }, () => lifetime(stream, lifetimes, 10));
    return drawn.toSorted((a, b) => a - b);
  };
  const [exponential, weibull, pareto] = (['exponential', 'weibull', 'pareto'] as const).map(lives);
  for (const each of [exponential, weibull, pareto]) {
    expect(each?.[5_000]).toBeGreaterThan(9);
    expect(each?.[5_000]).toBeLessThan(11);
  }
  // One in a hundred is longer than 6.6, 44 and 99 medians.
  expect(exponential?.[9_900]).toBeLessThan(75);
  expect(weibull?.[9_900]).toBeGreaterThan(350);
  expect(pareto?.[9_900]).toBeGreaterThan(750);
  expect(pareto?.at(-1)).toBeLessThanOrEqual(10_000);
  const table = lives([0, 1, 4]);
  expect(table[5_000]).toBeCloseTo(10, 0);
  expect(table.at(-1)).toBeLessThanOrEqual(40);
  expect(() => lives([1])).toThrow();
});

describe('a swarm', () => {
  const options = { hosts, fromUs: SECOND, toUs: 61 * SECOND, faults: 50 };
  const of = (seed: string, profile: 'recoverable' | 'unrestricted' = 'recoverable') =>
    swarm(random(seed), { ...options, profile });
  const seeds = Array.from({ length: 60 }, (_, i) => `seed ${i}`);

  test('is a function of its stream, and plain data', () => {
    expect(of('a')).toEqual(of('a'));
    expect(of('a')).not.toEqual(of('b'));
    expect(JSON.parse(JSON.stringify(of('a')))).toEqual(of('a'));
  });

  test('leaves out about half of the kinds, and makes all of them in some mix', () => {
    const counts = seeds.map((seed) => of(seed).drawn.length);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeGreaterThan(SWARM_KINDS.length * 0.4);
    expect(mean).toBeLessThan(SWARM_KINDS.length * 0.6);
    const made = seeds.flatMap((seed) => of(seed).drawn.filter(({ count }) => count > 0));
    expect(new Set(made.map(({ kind }) => kind)).size).toBe(SWARM_KINDS.length);
  });

  test('is in order of time, and within it', () => {
    for (const seed of seeds) {
      const { incidents } = of(seed);
      const times = incidents.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.every((at) => at >= SECOND && at < 61 * SECOND)).toBe(true);
    }
  });

  test('keeps a majority up when all is to be recovered from, and the first host always', () => {
    const leastUp = (profile: 'recoverable' | 'unrestricted') => {
      let least = hosts.length;
      for (const seed of seeds) {
        const down = new Set<string>();
        for (const incident of of(seed, profile).incidents) {
          if (!('host' in incident) || !hosts.includes(incident.host)) continue;
          if (['crash', 'dark', 'leave'].includes(incident.type)) down.add(incident.host);
          if (incident.type === 'start') down.delete(incident.host);
          expect(down).not.toContain('n1');
          least = Math.min(least, hosts.length - down.size);
        }
      }
      return least;
    };
    expect(leastUp('recoverable')).toBe(3);
    expect(leastUp('unrestricted')).toBeLessThan(3);
  });

  test('loses few packets of all when all is to be recovered from, and many otherwise', () => {
    const worst = (profile: 'recoverable' | 'unrestricted') => {
      const rules = seeds.flatMap((seed) => of(seed, profile).incidents);
      const losses = rules.map((each) =>
        each.type === 'rule' && each.rule.type === 'loss' && each.rule.to === 'any'
          ? each.rule.from === 'any' && each.rule.ratio
          : false,
      );
      return Math.max(...losses.map(Number));
    };
    expect(worst('recoverable')).toBeLessThan(0.05);
    expect(worst('unrestricted')).toBeGreaterThan(0.4);
  });
});
