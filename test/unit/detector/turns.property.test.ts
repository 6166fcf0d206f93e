import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnAfter } from '../../../src/detector/turns.ts';
import { SECOND } from '../../../src/time.ts';

const period = SECOND;

const anyCircle = fc
  .record({ observers: fc.integer({ min: 1, max: 12 }), phase: fc.nat(period - 1) })
  .chain((circle) =>
    fc.record({
      circle: fc.constant(circle),
      starts: fc.array(fc.nat(20 * period), {
        minLength: circle.observers,
        maxLength: circle.observers,
      }),
    }),
  );

describe('turns', () => {
  test('a turn is never at once nor much more than a round away, and the one after it a round', () => {
    fc.assert(
      fc.property(anyCircle, fc.nat(), ({ circle, starts }, from) => {
        const round = circle.observers * period;
        for (const [rank, start] of starts.entries()) {
          const now = from + start;
          const turn = turnAfter({ ...circle, now, period, rank });
          const leftOut = Math.max(round / 8, period / 2);
          expect(turn).toBeGreaterThanOrEqual(leftOut);
          expect(turn).toBeLessThan(round + leftOut + 1);
          expect(turnAfter({ ...circle, now: now + turn, period, rank })).toBe(round);
        }
      }),
    );
  });

  test('wherever observers begin, they come evenly spaced from their second turn on', () => {
    fc.assert(
      fc.property(anyCircle, ({ circle, starts }) => {
        const round = circle.observers * period;
        const places = starts.map((now, rank) => {
          const turn = turnAfter({ ...circle, now, period, rank });
          return (now + turn) % round;
        });
        places.sort((a, b) => a - b);
        for (let i = 1; i < places.length; i++) {
          expect((places[i] as number) - (places[i - 1] as number)).toBe(period);
        }
      }),
    );
  });

  test('one that comes a little late is not sent a whole round further', () => {
    const slot = { phase: 0, period, rank: 3, observers: 10 };
    expect(turnAfter({ ...slot, now: 3 * SECOND + 20 })).toBe(10 * SECOND - 20);
    expect(turnAfter({ ...slot, now: 3 * SECOND - 20 })).toBe(10 * SECOND + 20);
  });

  test('a prober that is no observer may come each period, and so may the only one', () => {
    expect(turnAfter({ now: 5, phase: 9, period, rank: -1, observers: 7 })).toBe(SECOND);
    expect(turnAfter({ now: 5, phase: 9, period, rank: 0, observers: 1 })).toBeLessThan(
      1.5 * SECOND,
    );
  });
});
