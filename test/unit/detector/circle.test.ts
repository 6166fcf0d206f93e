import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { detectorProfiles } from '../../../src/detector/profile.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { Circle, type CircleOptions } from './circle.ts';

/** A circle in which turns have settled; runs differ in seed and moment. */
function settled(count: number, run = 0, options: Partial<CircleOptions> = {}): Circle {
  const circle = new Circle({ count, seed: `run ${run}`, ...options });
  circle.runFor(35 * SECOND + run * 137 * MS);
  expect(circle.declared).toEqual([]);
  circle.forget();
  return circle;
}

const anyone = (circle: Circle, number: number) =>
  circle.servers[number % circle.servers.length] as Circle['servers'][number];

/** Two that watch each other. */
function pair(circle: Circle): [ServerId, ServerId] {
  const [first] = circle.servers;
  return [first?.id as ServerId, [...(first?.watched ?? [])][0] as ServerId];
}

/** After how long each declaration was made. */
const delays = (circle: Circle, since: number) =>
  circle.declared.map(({ at }) => (at - since) / SECOND);

describe('a circle of observers', () => {
  test.each([2, 3, 11, 12, 30])('of %i servers, each is probed once a second', (count) => {
    const circle = settled(count);
    circle.runFor(100 * SECOND);
    for (const { id } of circle.servers) {
      expect(circle.probed.get(id)?.length).toBeGreaterThanOrEqual(99);
      expect(circle.probed.get(id)?.length).toBeLessThanOrEqual(101);
    }
    expect(circle.counts).toEqual({ probe: expect.any(Number) });
    expect(circle.counts['probe'] as number).toBeCloseTo(100 * count, -1);
  });

  test.each([
    { name: 'near', delayUs: [250, 1_000], slackUs: 3 * MS },
    { name: 'far away', delayUs: [20_000, 300_000], slackUs: 600 * MS },
  ] as const)('observers that are $name take turns, evenly spaced', ({ delayUs, slackUs }) => {
    const circle = settled(15, 0, { delayUs, profile: detectorProfiles.wan });
    circle.runFor(30 * SECOND);
    for (const arrivals of circle.probed.values()) {
      for (let i = 1; i < arrivals.length; i++) {
        const gap = (arrivals[i]?.at as number) - (arrivals[i - 1]?.at as number);
        expect(Math.abs(gap - SECOND)).toBeLessThanOrEqual(slackUs);
      }
    }
  });

  test('and are evenly spaced again two rounds after one of them has gone', () => {
    const circle = settled(14);
    circle.dark(anyone(circle, 3));
    circle.runFor(30 * SECOND);
    circle.probed.clear();
    circle.runFor(30 * SECOND);
    for (const { id } of circle.up) {
      const arrivals = circle.probed.get(id) ?? [];
      for (let i = 1; i < arrivals.length; i++) {
        const gap = (arrivals[i]?.at as number) - (arrivals[i - 1]?.at as number);
        expect(Math.abs(gap - SECOND)).toBeLessThanOrEqual(3 * MS);
      }
    }
  });

  test('a host that dies without a word is declared gone after 2.5 to 4.7 s, mostly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(100), (count, run) => {
        const circle = settled(count, run);
        const since = circle.now;
        circle.dark(anyone(circle, run));
        circle.runFor(10 * SECOND);
        for (const delay of delays(circle, since)) {
          expect(delay).toBeGreaterThan(2.5);
          expect(delay).toBeLessThan(4.7);
        }
        expect(circle.declared.length).toBeGreaterThanOrEqual(1);
        expect(circle.declared.length).toBeLessThanOrEqual(2);
        // Two observers at most ask, twice each, and each question has two answers.
        expect(circle.counts['ask'] ?? 0).toBeLessThanOrEqual(4 * 9);
        expect(circle.counts['vote'] ?? 0).toBeLessThanOrEqual(8 * 9);
      }),
      { numRuns: 30 },
    );
  });

  test('a process that dies is declared gone within 20 ms, and mostly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(100), (count, run) => {
        const circle = settled(count, run);
        const since = circle.now;
        circle.kill(anyone(circle, run));
        circle.runFor(10 * SECOND);
        expect(circle.declared.length).toBeGreaterThanOrEqual(1);
        expect(circle.declared.length).toBeLessThanOrEqual(2);
        expect(circle.declared[0]).toMatchObject({ proof: 'refused', spread: true });
        expect(delays(circle, since)[0]).toBeLessThan(0.02);
        expect(circle.counts['ask'] ?? 0).toBeLessThanOrEqual(2 * 9);
      }),
      { numRuns: 30 },
    );
  });

  test('a process that stands still for 3 s stays, and declares nobody', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(100), (count, run) => {
        const circle = settled(count, run);
        // The moment at which a probe of it has just been sent is the worst.
        const before = circle.counts['probe'] ?? 0;
        while ((circle.counts['probe'] ?? 0) === before) circle.runFor(100);
        const subject = anyone(circle, run);
        circle.pause(subject, 3 * SECOND);
        circle.runFor(20 * SECOND);
        expect(circle.declared).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('of two servers, each declares the other that has died', () => {
    for (const fault of ['dark', 'kill'] as const) {
      const circle = settled(2);
      circle[fault](anyone(circle, 1));
      circle.runFor(10 * SECOND);
      expect(circle.declared).toMatchObject([{ spread: true }]);
    }
  });

  test.each([0.01, 0.1, 0.3])(
    'nobody is declared gone where a share of %f is lost',
    (lossRatio) => {
      const circle = new Circle({ count: 20, lossRatio });
      circle.runFor(60 * SECOND);
      expect(circle.declared).toEqual([]);
      // The answer over the edge comes before anybody is asked.
      expect(circle.counts['ask'] ?? 0).toBe(0);
      // One a second each, and one more for each that is lost, or whose turn was.
      expect(circle.counts['probe'] as number).toBeLessThan(2_400);
    },
  );

  test.each([
    { way: 'both ways', isBoth: true, share: 0.6 },
    { way: 'on its way in', isBoth: false, share: 0.9 },
  ])('a host that loses $share of everything $way accuses nobody', ({ isBoth, share }) => {
    for (const run of [0, 1, 2]) {
      const circle = settled(20, run);
      const { id } = anyone(circle, 1);
      const chance = new SimRandom(`lossy ${run}`);
      circle.cut = (from, to) => (to === id || (isBoth && from === id)) && chance.float() < share;
      circle.runFor(60 * SECOND);
      expect(circle.declared.filter(({ by, spread }) => by === id && spread)).toEqual([]);
      expect(circle.declared.filter(({ peer, by }) => peer !== id && by !== id)).toEqual([]);
    }
  });

  test('a link that carries nothing, one way or both, ends nobody; asking costs little', () => {
    for (const isBoth of [false, true]) {
      const circle = settled(20);
      const [a, b] = pair(circle);
      circle.cut = (from, to) => (from === a && to === b) || (isBoth && from === b && to === a);
      circle.runFor(60 * SECOND);
      expect(circle.declared).toEqual([]);
      // Both suspect each other: nine questions each per suspicion time, and the first ones.
      expect(circle.counts['ask'] as number).toBeGreaterThan(300 / 2.75);
      expect(circle.counts['ask'] as number).toBeLessThan((2 * 9 * 60) / 2.75 + 2 * 9);
      expect(circle.counts['vote'] as number).toBeLessThanOrEqual(
        2 * (circle.counts['ask'] as number),
      );
    }
  });

  test('a firewall that refuses only us ends nobody, however often we dial', () => {
    const circle = settled(20);
    const [a, b] = pair(circle);
    circle.cut = (from, to) => (from === a && to === b) || (from === b && to === a);
    for (let dial = 0; dial < 20; dial++) {
      circle.step(circle.server(a), { type: 'refused', peer: b });
      circle.runFor(2 * SECOND);
    }
    expect(circle.declared).toEqual([]);
  });

  test.each([3, 8, 20])(
    'of %i servers, one that hears nothing is ended, and ends nobody',
    (count) => {
      for (const isDeaf of [true, false]) {
        const circle = settled(count);
        const { id } = anyone(circle, 1);
        circle.cut = (from, to) => (isDeaf ? to : from) === id;
        const since = circle.now;
        circle.runFor(100 * SECOND);
        const others = circle.declared.filter(({ by }) => by !== id);
        expect(others.map(({ peer }) => peer)).toEqual([id]);
        expect(delays(circle, since)[0]).toBeLessThan(4.7);
        const own = circle.declared.filter(({ by }) => by === id);
        expect(own.length).toBeGreaterThan(0);
        expect(own.filter(({ spread }) => spread)).toEqual([]);
      }
    },
  );

  test.each([
    { fault: 'dark', firstS: 4.7, lastS: 9.5 },
    { fault: 'kill', firstS: 0.6, lastS: 5 },
  ] as const)('when 80 % of 60 die ($fault), all are found', ({ fault, firstS, lastS }) => {
    for (const run of [1, 2, 3]) {
      const circle = settled(60, run);
      const since = circle.now;
      for (const server of circle.servers.slice(12)) circle[fault](server);
      circle.runFor(30 * SECOND);
      expect(circle.up.map(({ rings }) => rings.size)).toEqual(Array(12).fill(12));
      expect(circle.declared.filter(({ peer }) => !circle.server(peer).isDown)).toEqual([]);
      expect(circle.declared.filter(({ spread }) => !spread)).toEqual([]);
      expect(delays(circle, since)[0]).toBeLessThan(firstS);
      expect(delays(circle, since).at(-1)).toBeLessThan(lastS);
    }
  });

  test('when all processes but one die, it knows after half a second', () => {
    for (const count of [3, 11]) {
      const circle = settled(count);
      const since = circle.now;
      for (const server of circle.servers.slice(1)) circle.kill(server);
      circle.runFor(SECOND);
      expect(circle.declared).toHaveLength(count - 1);
      expect(delays(circle, since).at(-1)).toBeLessThan(0.9);
    }
  });

  test('both sides of a partition let go of the other', () => {
    for (const size of [10, 15]) {
      const circle = settled(20);
      const side = new Set(circle.servers.slice(0, size).map(({ id }) => id));
      circle.cut = (from, to) => side.has(from) !== side.has(to);
      circle.runFor(30 * SECOND);
      for (const { id, rings } of circle.servers) {
        expect(rings.size).toBe(side.has(id) ? size : 20 - size);
      }
    }
  });

  test('far apart, with jitter and loss, the times are those of that profile', () => {
    for (const run of [0, 1, 2, 3]) {
      const far = { profile: detectorProfiles.wan, newsUs: 600 * MS, lossRatio: 0.02 };
      const circle = settled(12, run, { ...far, delayUs: [20_000, 300_000] });
      const since = circle.now;
      const subject = anyone(circle, run);
      if (run % 2 === 0) circle.dark(subject);
      else circle.kill(subject);
      circle.runFor(40 * SECOND);
      expect(new Set(circle.declared.map(({ peer }) => peer))).toEqual(new Set([subject.id]));
      expect(delays(circle, since)[0]).toBeGreaterThan(run % 2 === 0 ? 5 : 0);
      expect(delays(circle, since)[0]).toBeLessThan(run % 2 === 0 ? 10.5 : 2.5);
    }
  });
});
