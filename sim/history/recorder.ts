/** Records what clients do, as they do it. */

import { limits } from '../../src/limits.ts';
import { MS } from '../../src/time.ts';
import type { Operation } from './operation.ts';

/** What was offered to one who does not answer for so long is taken back, by a clock that may be fast. */
const OFFER_US = (limits.offerTimeoutMs * MS) / 2;

/** Before the first moment. */
const EARLIEST = -(2 ** 40);

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
  readonly #isCalm: (fromUs: number) => boolean;
  readonly #over: Operation<Call, Result>[] = [];
  /** Under way, or of unknown result. */
  readonly #pending = new Set<Pending<Call>>();
  /** Element => those under way that touch it. */
  readonly #busy = new Map<string, Set<Pending<Call>>>();
  #moments = 0;
  #early = 0;
  /** Operations that had no effect, as their clients know. */
  withoutEffect = 0;

  /**
   * `touches` says which elements an operation may do something to; `isCalm`, whether all clocks
   * went on since then as they should.
   */
  constructor(
    now: () => number,
    touches: (call: Call) => readonly string[],
    isCalm: (fromUs: number) => boolean = () => true,
  ) {
    this.#now = now;
    this.#touches = touches;
    this.#isCalm = isCalm;
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
    this.withoutEffect++;
  }

  /** Something that happened at one moment. */
  happened(client: string, call: Call, result: Result): void {
    this.returns(this.begins(client, call), result);
  }

  /**
   * Something that happened at one moment before now, and nobody knows when: with what else is told
   * like this in the order of telling, if the model keeps it.
   */
  hasHappened(client: string, call: Call, result: Result): void {
    const pending = this.begins(client, call);
    const began = EARLIEST + this.#early++;
    this.#forget(pending);
    this.#over.push({ ...this.#operation(pending, result), invoked: began, alone: false });
  }

  /** All until now; of what is under way the result is unknown, as where nobody ever learned it. */
  get operations(): readonly Operation<Call, Result>[] {
    const open = Array.from(this.#pending, (each) => this.#operation(each, undefined));
    return [...this.#over, ...open];
  }

  #operation(pending: Pending<Call>, result: Result | undefined): Operation<Call, Result> {
    const { client, call, invoked, fromUs } = pending;
    const isKnown = result !== undefined;
    const returned = isKnown ? this.#moments++ : Number.POSITIVE_INFINITY;
    const toUs = isKnown ? this.#now() : Number.POSITIVE_INFINITY;
    const alone = pending.alone && toUs - fromUs < OFFER_US && this.#isCalm(fromUs);
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
