/** Schedules of what goes wrong: what they hold, and that they are functions of the seed. */

import { describe, expect, test } from 'vitest';
import {
  drifting,
  exponentialByMedian,
  flapping,
  type Incident,
  jumping,
  loss,
  massFailure,
  naturalLog,
  SECOND,
  SimRandom,
  sessions,
  stalls,
  wan,
} from '../../../sim/index.ts';

const hosts = Array.from({ length: 100 }, (_, i) => `n${i + 1}`);
const random = (label = 'x') => new SimRandom(label);
const ofType = (incidents: readonly Incident[], type: Incident['type']) =>
  incidents.filter((incident) => incident.type === type);

describe('the logarithm', () => {
  test('is right to the last digits, and exact where it can be', () => {
    for (const value of [1e-300, 1e-9, 0.1, 0.5, 0.7, 1 - 2 ** -53, 1.4, 2, 10, 1e10, 1e300]) {
      const right = Math.log(value);
      expect(Math.abs(naturalLog(value) - right)).toBeLessThanOrEqual(
        Math.abs(right) * 4e-16 + 2 ** -54,
      );
    }
    expect(naturalLog(1)).toBe(0);
  });

  test('is of positive numbers', () => {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => naturalLog(value)).toThrow();
    }
  });

  test('draws times of which half are below the median', () => {
    const stream = random();
    const drawn = Array.from({ length: 10_000 }, () => exponentialByMedian(stream, 10));
    const below = drawn.filter((value) => value < 10).length;
    expect(below).toBeGreaterThan(4_800);
    expect(below).toBeLessThan(5_200);
  });
});

describe('sessions', () => {
  const options = {
    hosts,
    fromUs: SECOND,
    toUs: 601 * SECOND,
    medianUs: 300 * SECOND,
    ways: { crash: 2, dark: 1, leave: 1 },
  };

  test('end and begin again at the same address, as often as their median says', () => {
    const incidents = sessions(random(), options);
    const starts = ofType(incidents, 'start');
    // 100 servers for 600 s, each for 433 s on average.
    expect(starts.length).toBeGreaterThan(110);
    expect(starts.length).toBeLessThan(170);
    expect(incidents).toHaveLength(starts.length * 2);
    expect(incidents.every(({ at }, i) => i === 0 || at >= (incidents[i - 1] as Incident).at)).toBe(
      true,
    );
    for (const host of hosts) {
      const mine = incidents.filter((each) => 'host' in each && each.host === host);
      expect(mine.every(({ type }, i) => (type === 'start') === (i % 2 === 1))).toBe(true);
    }
    const crashes = ofType(incidents, 'crash').length;
    expect(crashes).toBeGreaterThan(ofType(incidents, 'dark').length);
  });

  test('are a function of the seed', () => {
    expect(sessions(random(), options)).toEqual(sessions(random(), options));
    expect(sessions(random('y'), options)).not.toEqual(sessions(random(), options));
  });
});

test('a mass failure is that of so many at one instant, who may come back', () => {
  const options = { hosts, atUs: SECOND, share: 0.3, way: 'dark' as const };
  const gone = massFailure(random(), options);
  expect(new Set(gone.map((each) => ('host' in each ? each.host : ''))).size).toBe(30);
  expect(gone.every(({ at, type }) => at === SECOND && type === 'dark')).toBe(true);
  const back = massFailure(random(), { ...options, awayUs: SECOND });
  expect(back.slice(0, 30)).toEqual(gone);
  expect(ofType(back, 'start').map(({ at }) => at)).toEqual(Array(30).fill(2 * SECOND));
});

test('a flapping host is cut off in turns, and said to be faulty all the time', () => {
  const options = { hosts: ['n1'], fromUs: 0, toUs: 10 * SECOND, direction: 'in' as const };
  expect(flapping({ ...options, cutUs: 3 * SECOND, gapUs: SECOND })).toEqual([
    { at: 0, type: 'faulty', hosts: ['n1'], forUs: 10 * SECOND, backWithinUs: 600 * SECOND },
    ...[0, 4, 8].map((at) => ({
      at: at * SECOND,
      type: 'rule',
      rule: { type: 'cut', from: 'any', to: ['n1'] },
      forUs: Math.min(3, 10 - at) * SECOND,
    })),
  ]);
  const [, both] = flapping({ ...options, direction: 'both', cutUs: SECOND, gapUs: SECOND });
  expect(both).toMatchObject({ rule: { from: ['n1'], to: 'any', bothWays: true } });
});

test('stalls are of a share of the hosts, every so often', () => {
  const incidents = stalls(random(), {
    hosts,
    fromUs: 0,
    toUs: 10 * SECOND,
    everyUs: 2 * SECOND,
    share: 0.1,
    forUs: 500_000,
  });
  expect(incidents).toHaveLength(50);
  expect(incidents.filter(({ at }) => at === 4 * SECOND)).toHaveLength(10);
  expect(incidents[0]).toMatchObject({ type: 'pause', forUs: 500_000 });
});

test('loss is of what comes to a host, or of what it sends, or of both', () => {
  const rule = (direction: 'in' | 'out' | 'both') =>
    loss({ hosts: ['n1'], fromUs: 0, forUs: SECOND, ratio: 0.1, direction })[0];
  expect(rule('in')).toMatchObject({ rule: { from: 'any', to: ['n1'], ratio: 0.1 } });
  expect(rule('out')).toMatchObject({ rule: { from: ['n1'], to: 'any', bothWays: false } });
  expect(rule('both')).toMatchObject({ rule: { from: ['n1'], to: 'any', bothWays: true } });
});

test('clocks drift within the ratio, and jump within the bounds', () => {
  for (const each of drifting(random(), { hosts, atUs: 0, ratio: 0.01 })) {
    const rate = each.type === 'clock' ? each.change.rate : 0;
    expect(Math.abs((rate as number) - 1)).toBeLessThanOrEqual(0.01);
  }
  const options = { hosts, fromUs: 0, toUs: 100 * SECOND, everyUs: SECOND };
  const jumps = jumping(random(), { ...options, wallMs: 1_000, aheadUs: 500 });
  expect(jumps).toHaveLength(100);
  const changes = jumps.map((each) => (each.type === 'clock' ? each.change : {}));
  expect(changes.some(({ wallMs = 0 }) => wallMs < 0)).toBe(true);
  expect(changes.every(({ wallMs = 0 }) => Math.abs(wallMs) <= 1_000)).toBe(true);
  expect(changes.every(({ aheadUs = 0 }) => aheadUs >= 0 && aheadUs < 500)).toBe(true);
});

test('over the wide area packets take as long as the way is, and rarely much longer', () => {
  const topology = wan();
  const place = (index: number) => ({ index, name: `n${index}` });
  const stream = random();
  const times = (from: number, to: number) =>
    Array.from({ length: 2_000 }, () =>
      topology.latencyUs(place(from), place(to), 0.5, stream.float()),
    ).sort((a, b) => a - b);
  const near = times(0, 4);
  const far = times(2, 3);
  expect(near[1_000]! / 1_000).toBeCloseTo(0.55, 1);
  expect(far[1_000]! / 1_000).toBeGreaterThan(143);
  expect(far[1_000]! / 1_000).toBeLessThan(147);
  expect(far[1_990]! / far[0]!).toBeGreaterThan(1.02);
  expect(far.at(-1)! / far[0]!).toBeLessThan(1.6);
  const eu = wan({ siteOf: () => 1 });
  expect(eu.latencyUs(place(0), place(1), 0, 0.5)).toBe(507);
});
