import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatStamp, isStamp, type Stamp, Stamps } from '../../../src/journal/stamp.ts';
import { limits } from '../../../src/limits.ts';

/** A clock that the test moves: `wall` may go anywhere. */
class Clock {
  nowUs = 0;
  wallMs: number;

  constructor(wallMs: number) {
    this.wallMs = wallMs;
  }

  now(): number {
    return this.nowUs;
  }

  wall(): number {
    return this.wallMs;
  }

  schedule(): never {
    throw new Error('stamps set no timers');
  }
}

const START = 1_763_694_953_123;

function isBefore(a: Stamp, b: Stamp): boolean {
  return a.wall < b.wall || (a.wall === b.wall && a.count < b.count);
}

/** What happens to a few peers: clocks move, something happens, one hears of another's last. */
const story = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('happens' as const), who: fc.nat(3) }),
    fc.record({ type: fc.constant('tells' as const), who: fc.nat(3), whom: fc.nat(3) }),
    fc.record({
      type: fc.constant('clock' as const),
      who: fc.nat(3),
      // Together less than what is taken for a wrong clock.
      ms: fc.integer({ min: -200, max: 200 }),
    }),
  ),
  { maxLength: 100 },
);

test('whatever the clocks do, an event is stamped after all that may have caused it', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const clocks = [0, 900, -700, 50].map((offset) => new Clock(START + offset));
      const stamps = clocks.map((clock) => new Stamps(clock));
      /** Of each peer, the latest stamps of others that it knows of, its own among them. */
      const causes: (Stamp | undefined)[] = clocks.map(() => undefined);
      for (const step of steps) {
        const { who } = step;
        if (step.type === 'clock') {
          (clocks[who] as Clock).wallMs += step.ms;
          continue;
        }
        const stamp = (stamps[who] as Stamps).next();
        const cause = causes[who];
        if (cause !== undefined) expect(isBefore(cause, stamp)).toBe(true);
        causes[who] = stamp;
        if (step.type !== 'tells') continue;
        (stamps[step.whom] as Stamps).observe(stamp);
        const known = causes[step.whom];
        if (known === undefined || isBefore(known, stamp)) causes[step.whom] = stamp;
      }
    }),
  );
});

test('the next stamp is never behind the wall clock, and the clock is followed at once', () => {
  const clock = new Clock(START);
  const stamps = new Stamps(clock);
  expect(stamps.next()).toEqual({ wall: START, count: 0 });
  expect(stamps.next()).toEqual({ wall: START, count: 1 });
  clock.wallMs += 7;
  expect(stamps.next()).toEqual({ wall: START + 7, count: 0 });
  clock.wallMs -= 100_000;
  expect(stamps.next()).toEqual({ wall: START + 7, count: 1 });
});

test('a clock that stands for more stamps than a count holds borrows from the next millisecond', () => {
  const stamps = new Stamps(new Clock(START));
  let last = stamps.next();
  for (let i = 0; i < 70_000; i++) {
    const next = stamps.next();
    if (!isBefore(last, next)) throw new Error(`${formatStamp(next)} after ${formatStamp(last)}`);
    last = next;
  }
  expect(last).toEqual({ wall: START + 1, count: 70_000 - 65_536 });
});

test('a stamp a minute ahead is followed, one further ahead is counted and is not', () => {
  const clock = new Clock(START);
  const stamps = new Stamps(clock);
  stamps.observe({ wall: START + limits.stampAheadMs + 1, count: 0 });
  expect(stamps.next()).toEqual({ wall: START, count: 0 });
  expect(stamps.dropped).toEqual({ ahead: 1, malformed: 0 });
  stamps.observe({ wall: START + limits.stampAheadMs, count: 3 });
  expect(stamps.next()).toEqual({ wall: START + limits.stampAheadMs, count: 4 });
  expect(stamps.dropped.ahead).toBe(1);
});

test('peers that are each a little ahead of the other do not carry each other away', () => {
  const clocks = [0, 1, 2].map(() => new Clock(START));
  const stamps = clocks.map((clock) => new Stamps(clock));
  for (let round = 0; round < 1_000; round++) {
    const { wall } = (stamps[round % 3] as Stamps).next();
    (stamps[(round + 1) % 3] as Stamps).observe({ wall: wall + 59_000, count: 0 });
  }
  for (const each of stamps) expect(each.wall - START).toBeLessThanOrEqual(limits.stampAheadMs);
});

test('who was set back an hour follows those who were not', () => {
  const clock = new Clock(START);
  const stamps = new Stamps(clock);
  clock.wallMs -= 3_600_000;
  clock.nowUs += 10_000_000;
  stamps.observe({ wall: START + 10_500, count: 0 });
  expect(stamps.next()).toEqual({ wall: START + 10_500, count: 1 });
});

test('texts order as the stamps do, and are known as such', () => {
  const stamp = fc.record({
    wall: fc.integer({ min: 0, max: 253_402_300_799_999 }),
    count: fc.nat(65_535),
  });
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      expect(formatStamp(a) < formatStamp(b)).toBe(isBefore(a, b));
      expect(isStamp(formatStamp(a))).toBe(true);
      expect(formatStamp(a).slice(0, 24)).toBe(new Date(a.wall).toISOString());
    }),
  );
  expect(formatStamp({ wall: START, count: 7 })).toBe('2025-11-21T03:15:53.123Z.00007');
  expect(isStamp('2025-11-21T03:15:53Z')).toBe(false);
});
