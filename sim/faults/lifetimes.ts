/**
 * How long sessions last, by what was measured of people and of machines. All are given by their
 * median, and drawn without powers, which engines compute differently.
 */

import { assert } from '../../src/assert.ts';
import type { Random } from '../../src/host/random.ts';
import { exponentialByMedian, naturalLog } from './draw.ts';

/**
 * `exponential`: Poisson departures. `weibull`: of shape 1/2, with many short and a few very long
 * ones, near to what was measured of peers (Stutzbach and Rejaie, Understanding Churn, 2006).
 * `pareto`: of shape 1, heavier still. Or a table: quantiles evenly apart, in medians, between which
 * a straight line is drawn.
 */
export type Lifetimes = 'exponential' | 'weibull' | 'pareto' | readonly number[];

/** A Pareto life is no longer than this many medians. */
const PARETO_MAX = 1_000;

/** Draws how long one lasts. */
export function lifetime(random: Random, lifetimes: Lifetimes, median: number): number {
  if (lifetimes === 'exponential') return exponentialByMedian(random, median);
  const drawn = random.float();
  if (lifetimes === 'pareto') return median * Math.min(PARETO_MAX, 1 / (1 - drawn) - 1);
  if (lifetimes === 'weibull') {
    const scaled = -naturalLog(1 - drawn) / Math.LN2;
    return median * scaled * scaled;
  }
  assert(lifetimes.length >= 2, 'a table of quantiles has a first and a last one');
  const place = drawn * (lifetimes.length - 1);
  const index = Math.floor(place);
  const [low = 0, high = 0] = lifetimes.slice(index, index + 2);
  return median * (low + (high - low) * (place - index));
}
