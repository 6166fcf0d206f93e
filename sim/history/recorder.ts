/** Records what clients do, as they do it. */

import type { Operation } from './operation.ts';

/** An operation that is under way. */
export interface Pending<Call> {
  readonly client: string;
  readonly call: Call;
  readonly touches: readonly string[];
  readonly invoked: number;
  readonly fromUs: number;
  alone: boolean;
}

/** The operations on elements of one kind. */
export class Recorder<Call, Result> {
  readonly #now: () => number;
  readonly #touches: (call: Call) => readonly string[];
  readonly #over: Operation<Call, Result>[] = [];
  /** Under way, or of unknown result. */
  readonly #pending = new Set<Pending<Call>>();
  /** Element => those under way that touch it. */
  readonly #busy = new Map<string, Set<Pending<Call>>>();
  #moments = 0;

  /** `touches` says which elements an operation may do something to. */
  constructor(now: () => number, touches: (call: Call) => readonly string[]) {
    this.#now = now;
    this.#touches = touches;
  }

  /** A client begins. */
  begins(client: string, call: Call): Pending<Call> {
    const touches = this.#touches(call);
    const pending: Pending<Call> = {
      ...{ client, call, touches, alone: true },
      ...{ invoked: this.#moments++, fromUs: this.#now() },
    };
    for (const element of touches) this.#meet(element, pending);
    this.#pending.add(pending);
    return pending;
  }

  /** The client knows what came of it. */
  returns(pending: Pending<Call>, result: Result): void {
    this.#forget(pending);
    this.#over.push(this.#operation(pending, result));
  }

  /** It had no effect, and its client knows: it is in no history. */
  noEffect(pending: Pending<Call>): void {
    this.#forget(pending);
  }

  /** Something that happened at one moment. */
  happened(client: string, call: Call, result: Result): void {
    this.returns(this.begins(client, call), result);
  }

  /** All until now; of what is under way the result is unknown, as where nobody ever learned it. */
  get operations(): readonly Operation<Call, Result>[] {
    const open = Array.from(this.#pending, (each) => this.#operation(each, undefined));
    return [...this.#over, ...open];
  }

  #operation(pending: Pending<Call>, result: Result | undefined): Operation<Call, Result> {
    const { client, call, invoked, fromUs, alone } = pending;
    const isKnown = result !== undefined;
    const returned = isKnown ? this.#moments++ : Number.POSITIVE_INFINITY;
    const toUs = isKnown ? this.#now() : Number.POSITIVE_INFINITY;
    return { client, call, result, invoked, returned, fromUs, toUs, alone };
  }

  #meet(element: string, pending: Pending<Call>): void {
    const busy = this.#busy.get(element) ?? new Set();
    this.#busy.set(element, busy);
    for (const other of busy) {
      other.alone = false;
      pending.alone = false;
    }
    busy.add(pending);
  }

  #forget(pending: Pending<Call>): void {
    this.#pending.delete(pending);
    for (const element of pending.touches) this.#busy.get(element)?.delete(pending);
  }
}
