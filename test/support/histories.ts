/** Histories for tests: what each client did, with the moments at which it began and was over. */

import type { Model, Operation } from '../../sim/index.ts';

/** From one moment to another; without an end the result is unknown. */
export type Span = readonly [from: number, to?: number];

export function operation<Call, Result>(
  client: string,
  [invoked, returned = Number.POSITIVE_INFINITY]: Span,
  call: Call,
  result?: Result,
  { alone = false } = {},
): Operation<Call, Result> {
  return { client, call, result, invoked, returned, fromUs: invoked, toUs: returned, alone };
}

/** By trying every order, without any cleverness. */
export function hasOrder<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
): boolean {
  return orders(operations).some(
    (order) => keepsTime(order) && endsOf(model, order).some((end) => model.isWhole?.(end) ?? true),
  );
}

/** All orders of all of known result and some of the others. */
function orders<Call, Result>(
  operations: readonly Operation<Call, Result>[],
): (readonly Operation<Call, Result>[])[] {
  let all: (readonly Operation<Call, Result>[])[] = [[]];
  for (const each of operations) {
    const extended = all.flatMap((order) =>
      Array.from({ length: order.length + 1 }, (_, at) => order.toSpliced(at, 0, each)),
    );
    all = each.result === undefined ? [...all, ...extended] : extended;
  }
  return all;
}

/** Nothing stands after what began when it was over. */
function keepsTime(order: readonly Operation[]): boolean {
  return order.every((each, at) =>
    order.slice(at + 1).every((later) => later.returned > each.invoked),
  );
}

function endsOf<State, Call, Result>(
  { initial, step }: Model<State, Call, Result>,
  order: readonly Operation<Call, Result>[],
): readonly State[] {
  return order.reduce<readonly State[]>(
    (states, each) => states.flatMap((state) => step(state, each)),
    [initial],
  );
}
