/**
 * Whether a history is linearizable (Herlihy & Wing 1990): whether each operation can be given a
 * moment between its beginning and its end, such that done one after another in that order they have
 * the results that they had. An operation of unknown result may be placed at any moment after its
 * beginning, or nowhere.
 *
 * The search is that of Wing & Gong (1993): whatever began before the first end of those not placed
 * may be the next. States that were reached before with the same operations placed are not tried
 * again (Lowe, "Testing for linearizability", 2017). Of unknown operations that ask for the same the
 * one that began first is tried alone: in any order that has another in its place the two may be
 * exchanged.
 *
 * The problem is NP-complete; the search gives up after so many steps and says so.
 */

import type { Model, Operation } from './operation.ts';

/** What is known of a history. */
export type Linearization<Call = unknown, Result = unknown> =
  /** In this order, those of unknown result left out that are placed nowhere. */
  | {
      readonly type: 'linearizable';
      readonly order: readonly Operation<Call, Result>[];
      readonly steps: number;
    }
  | { readonly type: 'broken'; readonly steps: number }
  /** The search took too long. */
  | { readonly type: 'unknown'; readonly steps: number };

/** Steps of the model after which a search gives up. */
export const STEPS_MAX = 200_000;

/** Searches for an order. */
export function linearize<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
  { stepsMax = STEPS_MAX }: { readonly stepsMax?: number } = {},
): Linearization<Call, Result> {
  return new Search(model, operations, stepsMax).run();
}

/** An operation that may be the next one, and the state after it. */
interface Option<State> {
  readonly index: number;
  readonly state: State;
}

/** What can be tried after the operations that are placed. */
interface Level<State> {
  readonly options: readonly Option<State>[];
  tried: number;
}

class Search<State, Call, Result> {
  readonly #model: Model<State, Call, Result>;
  /** In the order in which they began. */
  readonly #operations: readonly Operation<Call, Result>[];
  readonly #stepsMax: number;
  readonly #placed: Uint8Array;
  /** Those of unknown result, in the order in which they began. */
  readonly #unknown: readonly number[];
  /** Operation of unknown result => those that ask for the same have this number. */
  readonly #alike: readonly number[];
  readonly #seen = new Set<string>();
  readonly #order: number[] = [];
  /** All before it are placed, or of unknown result. */
  #first = 0;
  /** Known results that are not placed. */
  #missing: number;
  #steps = 0;

  constructor(
    model: Model<State, Call, Result>,
    operations: readonly Operation<Call, Result>[],
    stepsMax: number,
  ) {
    this.#model = model;
    this.#operations = operations.toSorted((a, b) => a.invoked - b.invoked);
    this.#stepsMax = stepsMax;
    this.#placed = new Uint8Array(operations.length);
    this.#unknown = [...this.#operations.keys()].filter(
      (index) => this.#operations[index]?.result === undefined,
    );
    this.#alike = alike(model, this.#operations);
    this.#missing = operations.filter(({ result }) => result !== undefined).length;
  }

  run(): Linearization<Call, Result> {
    const { initial } = this.#model;
    if (this.#isOver(initial)) return this.#found();
    const levels: Level<State>[] = [{ options: this.#options(initial), tried: 0 }];
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      if (this.#steps > this.#stepsMax) return { type: 'unknown', steps: this.#steps };
      const option = level.options[level.tried++];
      if (option === undefined) {
        levels.pop();
        this.#takeBack();
        continue;
      }
      this.#place(option.index);
      if (this.#isOver(option.state)) return this.#found();
      if (this.#isNew(option.state)) {
        levels.push({ options: this.#options(option.state), tried: 0 });
      } else this.#takeBack();
    }
    return { type: 'broken', steps: this.#steps };
  }

  #found(): Linearization<Call, Result> {
    const order = this.#order.map((index) => this.#operations[index] as Operation<Call, Result>);
    return { type: 'linearizable', order, steps: this.#steps };
  }

  #isOver(state: State): boolean {
    return this.#missing === 0 && (this.#model.isWhole?.(state) ?? true);
  }

  #place(index: number): void {
    this.#placed[index] = 1;
    this.#order.push(index);
    if (this.#operations[index]?.result !== undefined) this.#missing--;
  }

  #takeBack(): void {
    const index = this.#order.pop();
    if (index === undefined) return;
    this.#placed[index] = 0;
    if (this.#operations[index]?.result !== undefined) this.#missing++;
    this.#first = Math.min(this.#first, index);
  }

  /** Whatever began before the first end of those that are not placed; known results first. */
  #options(state: State): Option<State>[] {
    const options: Option<State>[] = [];
    let end = Number.POSITIVE_INFINITY;
    for (let index = this.#advance(); index < this.#operations.length; index++) {
      const { invoked, returned, result } = this.#operations[index] as Operation<Call, Result>;
      if (invoked > end) break;
      if (result === undefined || this.#placed[index] === 1) continue;
      end = Math.min(end, returned);
      this.#try(index, state, options);
    }
    const asked = new Set<number>();
    for (const index of this.#unknown) {
      if ((this.#operations[index] as Operation).invoked > end) break;
      const same = this.#alike[index] as number;
      if (this.#placed[index] === 1 || asked.has(same)) continue;
      asked.add(same);
      this.#try(index, state, options);
    }
    return options;
  }

  #try(index: number, state: State, options: Option<State>[]): void {
    this.#steps++;
    const operation = this.#operations[index] as Operation<Call, Result>;
    for (const next of this.#model.step(state, operation)) options.push({ index, state: next });
  }

  /** Whether no search went on from here before. */
  #isNew(state: State): boolean {
    const key = `${this.#placedKey()}|${this.#model.key(state)}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** Of known result, all before one that is not placed, and single ones behind it. */
  #placedKey(): string {
    const first = this.#advance();
    let key = String(first);
    for (let index = first + 1; index < this.#operations.length; index++) {
      const { invoked, result } = this.#operations[index] as Operation;
      // What began after the end of the first cannot have been placed before it.
      if (invoked > (this.#operations[first] as Operation).returned) break;
      if (result !== undefined && this.#placed[index] === 1) key += `,${index}`;
    }
    for (const index of this.#unknown) if (this.#placed[index] === 1) key += `?${index}`;
    return key;
  }

  /** The first of known result that is not placed; their number when all are. */
  #advance(): number {
    const operations = this.#operations;
    const isPassed = (at: number) => this.#placed[at] === 1 || operations[at]?.result === undefined;
    while (this.#first < operations.length && isPassed(this.#first)) this.#first++;
    return this.#first;
  }
}

/** Numbers those of unknown result that ask for the same alike. */
function alike<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
): number[] {
  const numbers = new Map<string, number>();
  return operations.map(({ call, result }) => {
    if (result !== undefined) return -1;
    const asked = model.asked?.(call) ?? model.describe(call, undefined);
    const number = numbers.get(asked) ?? numbers.size;
    numbers.set(asked, number);
    return number;
  });
}
