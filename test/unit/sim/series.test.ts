/** Numbers over time, however many: bounded, evenly apart, and in the order in which they came. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SERIES_MAX, SERIES_POINTS_MAX, SeriesBook } from '../../../sim/index.ts';

test('a series keeps a bounded number of points, evenly apart, from the first on', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000 }), (count) => {
      const book = new SeriesBook();
      for (let i = 0; i < count; i++) book.add('x', i, -i, 's');
      const [series] = book.list();
      const times = series?.times ?? [];
      expect(times.length).toBeLessThanOrEqual(SERIES_POINTS_MAX);
      expect(times.length).toBeGreaterThanOrEqual(Math.min(count, SERIES_POINTS_MAX / 2));
      expect(series?.values).toEqual(times.map((at) => -at));
      const apart = new Set(times.slice(1).map((at, index) => at - (times[index] as number)));
      expect(times[0]).toBe(0);
      expect(apart.size).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});

test('series of one name have one unit, and there are only so many names', () => {
  const book = new SeriesBook();
  book.add('x', 0, 1, 's');
  expect(() => book.add('x', 1, 1, 'B')).toThrow('"x" is sampled in s and in B');
  expect(() => book.add('x', 1, Number.NaN, 's')).toThrow('a finite number');
  for (let i = 1; i < SERIES_MAX; i++) book.add(`x${i}`, 0, 1);
  expect(() => book.add('one more', 0, 1)).toThrow('too many series');
});
