/**
 * Simpler ways to say nearly the same: round times, shorter lists, nothing that may be left out.
 * It knows JSON and no kind of incident, so it fits those that are still to come. Not every way
 * makes sense; one that does not is a candidate that fails otherwise, or not at all. Excuses are
 * never made simpler: see excuses.ts.
 */

import type { Incident } from '../incident.ts';
import { isExcuse } from './excuses.ts';

const SECOND_US = 1_000_000;
const ROUND_US = [SECOND_US, 100_000, 10_000, 1_000] as const;
/** Of ratios: tenths, then hundredths. */
const ROUND_RATIO = [10, 100] as const;

/** Simpler incidents than this one, the simplest of each kind first. */
export function* simplerIncidents(incident: Incident): Generator<Incident, void> {
  if (isExcuse(incident)) return;
  for (const value of simplerObjects(incident)) yield value as unknown as Incident;
}

function* simplerObjects(value: object): Generator<Record<string, unknown>, void> {
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(fields)) {
    for (const simpler of simplerValues(name, field)) yield { ...fields, [name]: simpler };
  }
}

function* simplerValues(name: string, value: unknown): Generator<unknown, void> {
  if (typeof value === 'number') yield* simplerNumbers(name, value);
  else if (Array.isArray(value)) yield* simplerLists(name, value);
  else if (typeof value === 'object' && value !== null) yield* simplerObjects(value);
}

function* simplerNumbers(name: string, value: number): Generator<number, void> {
  const isTime = name === 'at' || name.endsWith('Us');
  if (isTime && Number.isInteger(value)) {
    const tried = new Set<number>([value]);
    const times = ROUND_US.map((unit) => Math.floor(value / unit + 0.5) * unit);
    // A moment stays about where it is; how long something lasts may shrink.
    if (name !== 'at' && value > SECOND_US) times.unshift(SECOND_US, value >> 1);
    for (const time of times) {
      if (time <= 0 || tried.has(time)) continue;
      tried.add(time);
      yield time;
    }
  } else if (!Number.isInteger(value)) {
    for (const parts of ROUND_RATIO) {
      const ratio = Math.floor(value * parts + 0.5) / parts;
      if (ratio !== value && ratio > 0) yield ratio;
    }
  }
}

/** A shorter list, and then one with a simpler item. */
function* simplerLists(name: string, list: readonly unknown[]): Generator<unknown[], void> {
  for (let i = list.length - 1; i >= 0 && list.length > 1; i--) yield list.toSpliced(i, 1);
  for (const [i, item] of list.entries()) {
    for (const simpler of simplerValues(name, item)) yield list.with(i, simpler);
  }
}
