import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Values } from '../../../sim/measure/values.ts';

/** None so small that it has no ten digits. */
const plain = (value: number) => (Math.abs(value) < 1e-300 ? 0 : value);

const numbers = fc.array(
  fc.oneof(fc.nat(50), fc.double({ min: -1e6, max: 1e9, noNaN: true }).map(plain)),
  {
    minLength: 1,
    maxLength: 60,
  },
);

/** By definition. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.find((value) => {
    return values.filter((other) => other <= value).length >= share * values.length;
  }) as number;
}

test('values come to what the definition says; of more than are kept, to a thousandth', () => {
  fc.assert(
    fc.property(numbers, fc.nat(60), (all, exactMax) => {
      const values = new Values(exactMax);
      for (const value of all) values.add(value);
      const { count, min, max, mean, p50, p99 } = values.summary();
      expect([count, min, max]).toEqual([all.length, Math.min(...all), Math.max(...all)]);
      expect(mean).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 3);
      for (const [found, share] of [
        [p50, 0.5],
        [p99, 0.99],
      ] as const) {
        const expected = percentile(all, share);
        if (all.length <= exactMax) expect(found).toBe(expected);
        else expect(Math.abs(found - expected)).toBeLessThanOrEqual(Math.abs(expected) / 1_000);
      }
    }),
  );
});
