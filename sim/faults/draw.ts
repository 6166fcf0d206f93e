/** Draws for schedules, computed alike by every engine: `Math.log` may differ in its last digit. */

import { assert } from '../../src/assert.ts';
import type { Random } from '../../src/host/random.ts';

const TERMS = 18;

/**
 * The natural logarithm of a positive finite number, to some 15 digits: halved or doubled, which is
 * exact, into [0.7, 1.4], and from there by the series of the inverse hyperbolic tangent.
 */
export function naturalLog(value: number): number {
  assert(value > 0 && Number.isFinite(value), 'only positive numbers have a logarithm');
  let exponent = 0;
  while (value > 1.4) {
    value /= 2;
    exponent++;
  }
  while (value < 0.7) {
    value *= 2;
    exponent--;
  }
  const z = (value - 1) / (value + 1);
  let power = z;
  let sum = 0;
  for (let term = 0; term < TERMS; term++) {
    sum += power / (2 * term + 1);
    power *= z * z;
  }
  return exponent * Math.LN2 + 2 * sum;
}

/** How long until the next of events that come at random, `mean` apart on average. */
export function exponential(random: Random, mean: number): number {
  return -naturalLog(1 - random.float()) * mean;
}

/** As `exponential`, by the time within which half of them come. */
export function exponentialByMedian(random: Random, median: number): number {
  return exponential(random, median / Math.LN2);
}

/** One of the names, each as likely as its weight says. */
export function pick<K extends string>(random: Random, weights: Readonly<Record<K, number>>): K {
  const names = Object.keys(weights) as K[];
  let rest = random.float() * names.reduce((sum, name) => sum + weights[name], 0);
  for (const name of names) {
    rest -= weights[name];
    if (rest < 0) return name;
  }
  return names[names.length - 1] as K;
}

/** So many different ones of a list, in the order in which they were drawn. */
export function draw<T>(random: Random, from: readonly T[], count: number): T[] {
  const left = [...from];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) {
    const at = random.below(left.length);
    drawn.push(left[at] as T);
    left[at] = left[left.length - 1] as T;
    left.pop();
  }
  return drawn;
}

/** In the order of time; those of one moment as they were. */
export function inOrder<T extends { readonly at: number }>(incidents: T[]): T[] {
  return incidents.sort((a, b) => a.at - b.at);
}
