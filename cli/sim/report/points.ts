/** The points of a series that are worth drawing. */

import type { Series } from '../../../sim/index.ts';

/** Points of one line on the page, somewhat more than are sampled; report.json has them all. */
export const POINTS_MAX = 512;

/** A value at a moment. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/**
 * At most POINTS_MAX points: where there are more, the least and the greatest of each stretch of
 * time are kept, so that nothing that stands out is lost. The first and the last stay.
 */
export function pointsOf({ times, values }: Series): Point[] {
  const all = times.flatMap((at, index): Point[] => {
    const value = values[index];
    return value !== undefined && Number.isFinite(value) ? [{ at, value }] : [];
  });
  if (all.length <= POINTS_MAX) return all;
  const stretches = (POINTS_MAX - 2) / 2;
  const kept = [all[0] as Point];
  for (let i = 0; i < stretches; i++) {
    const from = 1 + Math.floor((i * (all.length - 2)) / stretches);
    const to = 1 + Math.floor(((i + 1) * (all.length - 2)) / stretches);
    let [least, most] = [from, from];
    for (let j = from; j < to; j++) {
      const { value } = all[j] as Point;
      if (value < (all[least] as Point).value) least = j;
      if (value > (all[most] as Point).value) most = j;
    }
    kept.push(all[Math.min(least, most)] as Point);
    if (least !== most) kept.push(all[Math.max(least, most)] as Point);
  }
  kept.push(all.at(-1) as Point);
  return kept;
}
