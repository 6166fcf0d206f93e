/**
 * One call on a session, seen from either end. The caller and the callee use the same object: each
 * direction has its own stream, credit and end. A call is over when both directions have ended, or
 * when either side fails it.
 */

import { assert } from '../assert.ts';
import type { Budget } from '../budget.ts';
import type { CircuitError, ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { Frame } from './frames.ts';
import type { Outbox } from './outbox.ts';

/** What the peer says on a call. Unwanted events are left out. */
export interface CallEvents {
  /** `end`: no stream follows. The bytes are a view of what arrived. */
  replied?(body: Uint8Array, end: boolean): void;
  /** See Frame.OFFER. */
  offered?(offer: number, complete: boolean, bytes: Uint8Array): void;
  taken?(offer: number): void;
  data?(bytes: Uint8Array): void;
  /** The peer's stream is complete. */
  ended?(): void;
  /** The peer granted so many bytes more. */
  granted?(bytes: number): void;
  /** After `room` was less than wanted: there is more. */
  room?(): void;
  cancelled?(): void;
  /** The call is over without more: by the peer's error, or with the connection. */
  failed?(error: CircuitError): void;
}

/** Is told once that a call is over. */
export interface CallWatcher {
  /** `error`: with which we failed it, or CALLER_GONE when it ended without us. */
  over(error: ErrorCode | 'CALLER_GONE' | undefined): void;
}

/** The session that a call is on, as far as the call needs it. */
export interface CallOwner {
  readonly outbox: Outbox;
  /** What is kept for its calls is taken from it. */
  readonly held: Budget;
  /** Tells the call by `roomAgain` when the output is no longer full. */
  awaitRoom(call: Call): void;
  /** The call is over. */
  forget(call: Call): void;
}

export class Call {
  readonly id: number;
  events: CallEvents = {};
  watcher: CallWatcher | undefined;
  readonly #owner: CallOwner;
  readonly #outbox: Outbox;
  #credit = 0;
  #consumed = -1;
  #owed: number;
  #sentEnd = false;
  #gotEnd = false;
  #answered = false;
  #over = false;
  #wantsRoom = false;
  #streamed = 0;
  #offered = 0;

  constructor(owner: CallOwner, id: number, granted: number) {
    this.#owner = owner;
    this.#outbox = owner.outbox;
    this.id = id;
    this.#owed = granted;
  }

  /** What is kept for this call is taken from it. */
  get held(): Budget {
    return this.#owner.held;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Whether the peer has sent the whole of its stream. */
  get complete(): boolean {
    return this.#gotEnd;
  }

  /**
   * How many bytes of our stream the peer has used up: every grant after its first says so. What
   * was sent beyond it may not have reached anybody.
   */
  get consumed(): number {
    return Math.max(0, this.#consumed);
  }

  /** How many bytes streams, both ways, and a message that was offered whole have carried. */
  get carried(): number {
    return this.#streamed + this.#offered;
  }

  /** How many bytes its streams, both ways, have carried. */
  get streamed(): number {
    return this.#streamed;
  }

  /** How many bytes `data` takes now. When it is 0, `room` is called once that changes. */
  room(): number {
    const room = this.#outbox.blocked ? 0 : this.#credit;
    if (room === 0 && !this.#wantsRoom && !this.#over) {
      this.#wantsRoom = true;
      if (this.#credit > 0) this.#owner.awaitRoom(this);
    }
    return room;
  }

  /** Sends bytes of our stream: at most `room()` of them. */
  data(bytes: Uint8Array): void {
    if (this.#over) return;
    assert(!this.#sentEnd, 'no data after the end');
    assert(bytes.length <= this.#credit, 'data within the credit granted');
    this.#credit -= bytes.length;
    this.#streamed += bytes.length;
    for (let at = 0; at < bytes.length; at += limits.dataBytesMax) {
      this.#outbox.data(this.id, bytes.subarray(at, at + limits.dataBytesMax), false);
    }
  }

  /** Ends our stream. */
  end(): void {
    if (this.#over || this.#sentEnd) return;
    this.#outbox.data(this.id, empty, true);
    this.endedHere();
  }

  /** Answers. With `end`, no stream follows. */
  reply(body: Uint8Array, options: { end: boolean }): void {
    if (this.#over) return;
    this.#outbox.reply(this.id, body, options.end);
    if (options.end) this.endedHere();
  }

  offer(offer: number, complete: boolean, bytes: Uint8Array): void {
    if (this.#over) return;
    this.#offered = bytes.length;
    this.#outbox.offer(this.id, offer, complete, bytes);
  }

  take(offer: number): void {
    if (!this.#over) this.#outbox.take(this.id, offer);
  }

  /** Lets the peer send so many bytes more. */
  grant(bytes: number): void {
    if (this.#over || bytes === 0) return;
    this.#owed += bytes;
    this.#outbox.credit(this.id, bytes);
  }

  /** Asks the callee to give up; it answers all the same. */
  cancel(): void {
    if (!this.#over) this.#outbox.bare(Frame.CANCEL, this.id);
  }

  /** Ends the call for both sides with an error. */
  fail(error: CircuitError): void {
    if (this.#over) return;
    this.#outbox.error(this.id, error);
    this.#over = true;
    this.#owner.forget(this);
    this.watcher?.over(error.code);
  }

  /** As `fail`; and who hears the peer on our side is told as if the peer had done so. */
  abandon(error: CircuitError): void {
    if (this.#over) return;
    this.fail(error);
    this.events.failed?.(error);
  }

  /** What follows is called by the session only. */

  /** False when the peer grants more than a window holds. */
  granted(bytes: number): boolean {
    if (this.#credit + bytes > limits.streamWindowBytes) return false;
    this.#consumed = this.#consumed < 0 ? 0 : this.#consumed + bytes;
    this.#credit += bytes;
    return true;
  }

  roomAgain(): void {
    if (!this.#wantsRoom || this.#over) return;
    if (this.#outbox.blocked) {
      this.#owner.awaitRoom(this);
      return;
    }
    this.#wantsRoom = false;
    this.events.room?.();
  }

  /** False when there was an answer already. */
  gotReply(body: Uint8Array, end: boolean): boolean {
    if (this.#answered || this.#gotEnd) return false;
    this.#answered = true;
    if (end) this.#gotEnd = true;
    this.events.replied?.(body, end);
    this.#settle();
    return true;
  }

  /** False when the peer sent more than it was granted. */
  gotData(bytes: Uint8Array, end: boolean): boolean {
    if (bytes.length > this.#owed || this.#gotEnd) return false;
    this.#owed -= bytes.length;
    this.#streamed += bytes.length;
    if (bytes.length > 0) this.events.data?.(bytes);
    if (end && !this.#over) {
      this.#gotEnd = true;
      this.events.ended?.();
      this.#settle();
    }
    return true;
  }

  endedHere(): void {
    this.#sentEnd = true;
    this.#settle();
  }

  endedThere(): void {
    this.#gotEnd = true;
  }

  close(error: CircuitError): void {
    if (this.#over) return;
    this.#over = true;
    this.watcher?.over('CALLER_GONE');
    this.events.failed?.(error);
  }

  #settle(): void {
    if (!this.#sentEnd || !this.#gotEnd || this.#over) return;
    this.#over = true;
    this.#owner.forget(this);
    this.watcher?.over(undefined);
  }
}

const empty = new Uint8Array(0);
