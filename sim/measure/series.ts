/**
 * Numbers that change over virtual time, for plots. Each series keeps so many points at most: when
 * there would be more, every second one is dropped, and from then on every second one is not taken.
 */

import { assert } from '../../src/assert.ts';

/** One number over time. */
export interface Series {
  readonly name: string;
  /** Such as 's'; empty for a count. */
  readonly unit: string;
  /** When each value was taken, in us since the world began; rising. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** Points of one series; a plot is no wider in pixels. */
export const SERIES_POINTS_MAX = 2_048;
/** Series of one run. */
export const SERIES_MAX = 256;

interface Growing {
  readonly unit: string;
  times: number[];
  values: number[];
  /** Every how many-th point is kept, and how many came since the last that was. */
  every: number;
  skipped: number;
}

/** The series of a run, by name. */
export class SeriesBook {
  readonly #growing = new Map<string, Growing>();

  /** Takes a point; all of one name have the same unit, and come in the order of time. */
  add(name: string, at: number, value: number, unit = ''): void {
    assert(Number.isFinite(value), `what is sampled as "${name}" is a finite number`);
    let series = this.#growing.get(name);
    if (series === undefined) {
      assert(this.#growing.size < SERIES_MAX, 'there are too many series');
      series = { unit, times: [], values: [], every: 1, skipped: 0 };
      this.#growing.set(name, series);
    }
    assert(series.unit === unit, `"${name}" is sampled in ${series.unit} and in ${unit}`);
    if (series.skipped > 0) {
      series.skipped--;
      return;
    }
    series.times.push(at);
    series.values.push(value);
    series.skipped = series.every - 1;
    if (series.times.length === SERIES_POINTS_MAX) thin(series);
  }

  /** All series, in the order in which they were begun. */
  list(): Series[] {
    return Array.from(this.#growing, ([name, { unit, times, values }]) => {
      return { name, unit, times, values };
    });
  }
}

function thin(series: Growing): void {
  series.times = series.times.filter((_, index) => index % 2 === 0);
  series.values = series.values.filter((_, index) => index % 2 === 0);
  series.every *= 2;
  // The last of them went, so the next one is in step.
  series.skipped = series.every / 2 - 1;
}
