/**
 * Numbers that a run collects, and what they come to. Values are kept, so that a percentile is one
 * that was measured, and a tail of one in a thousand is seen; of millions, to a thousandth.
 */

import { assert } from '../../src/assert.ts';
import { checkedTable, type Table } from './table.ts';
import { Values } from './values.ts';

/** What all values of one name come to; a percentile is the least value that so many do not exceed. */
export interface Measure {
  readonly name: string;
  /** Such as 's' or 'B/s'; empty for a bare number. */
  readonly unit: string;
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What of a measure a goal is about. */
export type Statistic = 'count' | 'min' | 'mean' | 'p50' | 'p99' | 'max';

/** What a measure should come to. It is reported as reached or not; a run holds without it. */
export interface Goal {
  /** The name under which the values are collected. */
  readonly measure: string;
  readonly statistic: Statistic;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface GoalOutcome extends Goal {
  readonly unit: string;
  /** Undefined when nothing was measured: then it is not reached. */
  readonly figure: number | undefined;
  readonly reached: boolean;
}

interface Named {
  readonly unit: string;
  readonly values: Values;
}

/** The numbers that a run collects, by name. */
export class Measures {
  /** name => its values, in the order in which the names were first used. */
  readonly #values = new Map<string, Named>();
  readonly #tables: Table[] = [];

  /** Those that the report shows, in the order in which they were added. */
  get tables(): readonly Table[] {
    return this.#tables;
  }

  /** Adds a table to the report. */
  addTable(table: Table): void {
    this.#tables.push(checkedTable(table));
  }

  /** Adds one value to those of its name. */
  add(name: string, value: number, unit: string): void {
    assert(Number.isFinite(value), `what is measured as "${name}" is a finite number`);
    let named = this.#values.get(name);
    if (named === undefined) {
      named = { unit, values: new Values() };
      this.#values.set(name, named);
    }
    assert(named.unit === unit, `"${name}" is measured in ${named.unit} and in ${unit}`);
    named.values.add(value);
  }

  /** What all values of each name come to. */
  summaries(): Measure[] {
    return Array.from(this.#values, ([name, { unit, values }]) => ({
      ...{ name, unit },
      ...values.summary(),
    }));
  }
}

/** Whether each goal is reached, with the figure that says so. */
export function judged(goals: readonly Goal[], measures: readonly Measure[]): GoalOutcome[] {
  return goals.map((goal) => {
    const measure = measures.find(({ name }) => name === goal.measure);
    const figure = measure?.[goal.statistic];
    const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = goal;
    const reached = figure !== undefined && figure <= atMost && figure >= atLeast;
    return { ...goal, unit: measure?.unit ?? '', figure, reached };
  });
}
