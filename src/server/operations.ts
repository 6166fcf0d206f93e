/**
 * The operations that this server answers itself: which wait, how many there were, and their
 * entries in the journal. A call that is relayed is an operation of the server that answers it.
 */

import { ChurnMap } from '../churn-map.ts';
import type { Clock } from '../host/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Call, CallWatcher } from '../rpc/call.ts';

/** What a call asks for, as far as others may know it. */
export interface Asked {
  readonly method: string;
  /** The anchor, below this server; undefined for that of all servers. */
  readonly path: string | undefined;
  /** The address of the client that asks; with `through` and the server that relays it, if any. */
  readonly by: string;
  readonly detail?: string | undefined;
  /** Of the message that the request holds; undefined where no bytes are moved. */
  readonly bytes?: number | undefined;
}

/** An operation that has no outcome yet. */
export interface PendingOperation {
  /** From 1, in the order in which operations began. */
  readonly number: number;
  readonly method: string;
  readonly path: string | undefined;
  readonly by: string;
  /** When it began to wait, by the clock of this server. */
  readonly sinceUs: number;
}

export class Operations {
  /** Since the start of the server. */
  readonly counts = { begun: 0, failed: 0 };
  readonly #clock: Clock;
  readonly #journal: Journal;
  /** Number => the operation, which waits. Bounded by the calls in flight of all peers. */
  readonly #pending = new ChurnMap<number, Operation>();

  constructor(clock: Clock, journal: Journal) {
    this.#clock = clock;
    this.#journal = journal;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Those that wait, in the order in which they began. */
  pending(): readonly PendingOperation[] {
    return this.#pending.values();
  }

  /** The call is answered from here on; `handled` follows before anything else happens. */
  begin(call: Call, asked: Asked): Operation {
    const number = ++this.counts.begun;
    const { method, path, by, detail } = asked;
    // The readers of the journal would read of nothing but themselves.
    const entry =
      method === 'journal'
        ? undefined
        : this.#journal.add({ event: 'done', operation: number, method, path, by, detail });
    const operation = new Operation(this, { call, number, entry, asked });
    call.watcher = operation;
    return operation;
  }

  /** The call was answered, or waits. */
  handled(operation: Operation): void {
    operation.handled = true;
    if (operation.call.over) return;
    const { number, entry } = operation;
    if (entry !== undefined) this.#journal.correct(entry, { event: 'began' });
    operation.sinceUs = this.#clock.now();
    this.#pending.set(number, operation);
  }

  /** For Operation alone: it has its outcome. */
  over({ call, number, entry, asked, handled }: Operation, error: string | undefined): void {
    if (error !== undefined) this.counts.failed++;
    if (handled) this.#pending.delete(number);
    if (entry === undefined) return;
    const isMoved = asked.bytes !== undefined && error === undefined;
    const bytes = isMoved ? asked.bytes + call.carried : undefined;
    if (!handled) {
      this.#journal.correct(entry, { event: 'done', bytes, error });
      return;
    }
    const { method, path, by, detail } = asked;
    const what = { operation: number, method, path, by, detail };
    this.#journal.add({ event: 'ended', ...what, bytes, error });
  }
}

class Operation implements CallWatcher, PendingOperation {
  readonly call: Call;
  readonly number: number;
  /** Its first entry in the journal; undefined where it has none. */
  readonly entry: number | undefined;
  readonly asked: Asked;
  handled = false;
  sinceUs = 0;
  readonly #operations: Operations;

  constructor(
    operations: Operations,
    {
      call,
      number,
      entry,
      asked,
    }: {
      readonly call: Call;
      readonly number: number;
      readonly entry: number | undefined;
      readonly asked: Asked;
    },
  ) {
    this.#operations = operations;
    this.call = call;
    this.number = number;
    this.entry = entry;
    this.asked = asked;
  }

  get method(): string {
    return this.asked.method;
  }

  get path(): string | undefined {
    return this.asked.path;
  }

  get by(): string {
    return this.asked.by;
  }

  over(error: string | undefined): void {
    this.#operations.over(this, error);
  }
}
