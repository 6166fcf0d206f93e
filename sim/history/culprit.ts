/**
 * Where a history that is not linearizable goes wrong. Of one that is, every beginning is too, with
 * what was under way at its end of unknown result: so there is a first end of an operation with
 * which it is not any more.
 */

import { linearize } from './linearize.ts';
import type { Model, Operation } from './operation.ts';

/** The longest beginning that is linearizable, and what comes then. */
export interface Culprit<Call = unknown, Result = unknown> {
  /** An order of the longest beginning. */
  readonly order: readonly Operation<Call, Result>[];
  /** The operation that cannot be placed, whatever the order of those before. */
  readonly operation: Operation<Call, Result>;
}

/** Finds it in a history that is not linearizable; undefined when a search takes too long. */
export function culprit<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
  options: { readonly stepsMax?: number } = {},
): Culprit<Call, Result> | undefined {
  const ends = operations
    .filter(({ result }) => result !== undefined)
    .sort((a, b) => a.returned - b.returned);
  let good = 0;
  let bad = ends.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const last = ends[middle - 1] as Operation;
    const { type } = linearize(model, until(operations, last.returned), options);
    if (type === 'unknown') return undefined;
    if (type === 'broken') bad = middle;
    else good = middle;
  }
  const operation = ends[bad - 1] as Operation<Call, Result>;
  const before = good === 0 ? [] : until(operations, (ends[good - 1] as Operation).returned);
  const verdict = linearize(model, before, options);
  return verdict.type === 'linearizable' ? { order: verdict.order, operation } : undefined;
}

/** What had begun by then; what was not over has an unknown result. */
function until<Call, Result>(
  operations: readonly Operation<Call, Result>[],
  moment: number,
): Operation<Call, Result>[] {
  return operations
    .filter(({ invoked }) => invoked <= moment)
    .map((operation) =>
      operation.returned <= moment
        ? operation
        : { ...operation, result: undefined, returned: Number.POSITIVE_INFINITY },
    );
}
