/** The two ends of a byte stream on a call, as a client sees them. */

import { ByteQueue } from '../byte-queue.ts';
import { CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Call } from '../rpc/call.ts';

/** The call of a stream; undefined when none could be opened: why, the stream is told. */
type Caller = () => Call | undefined;

/**
 * Bytes to read. A chunk counts as used up when the next one is asked for, or when the loop is
 * left: only then may the other side send as much again, and what was not used up is not lost.
 */
export class ByteSource implements AsyncIterableIterator<Uint8Array> {
  readonly #call: Caller;
  readonly #finished: () => void;
  readonly #chunks = new ByteQueue();
  #inUse = 0;
  #ended = false;
  /** The reader left. */
  #left = false;
  #givenUp = false;
  #error: CircuitError | undefined;
  readonly #turns = new Turns();
  #wanted: (() => void) | undefined;

  /**
   * `finished` is called when the reader has used up everything.
   *
   * @internal
   */
  constructor(call: Caller, finished: () => void = () => {}) {
    this.#call = call;
    this.#finished = finished;
  }

  /** The next chunk, 64 KiB at most. One after the other, in the order of the calls. */
  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return this.#turns.take(() => this.#next());
  }

  /** Stops reading. What was not asked for stays with the process for its next reader. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#left) {
      this.#left = true;
      this.#use();
      const over = this.#ended && this.#chunks.length === 0;
      if (over) this.#call()?.end();
      else this.#call()?.cancel();
      if (over) this.#finished();
      this.#chunks.clear();
      this.#wake();
    }
    return { done: true, value: undefined };
  }

  /** Itself: for `for await`. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  // What follows is called as the call goes on.

  /** @internal */
  push(bytes: Uint8Array): void {
    if (!this.#left && !this.#givenUp) this.#chunks.push(bytes);
    this.#wake();
  }

  /** @internal */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /**
   * What arrived before that can still be read.
   *
   * @internal
   */
  fail(error: CircuitError): void {
    this.#error = error;
    this.#wake();
  }

  /**
   * The reader wants no more, and `fail` follows: what it was not given yet is for the next.
   *
   * @internal
   */
  giveUp(): void {
    this.#use();
    this.#givenUp = true;
    this.#chunks.clear();
  }

  #use(): void {
    if (this.#inUse > 0) this.#call()?.grant(this.#inUse);
    this.#inUse = 0;
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#use();
    while (this.#chunks.length === 0) {
      if (this.#left) return { done: true, value: undefined };
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended && !this.#givenUp) {
        this.#call()?.end();
        this.#finished();
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
    }
    const chunk = this.#chunks.shift(limits.dataBytesMax);
    this.#inUse = chunk.length;
    return { done: false, value: chunk };
  }

  #wake(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }
}

/** Bytes to write. */
export class ByteSink {
  readonly #call: Caller;
  readonly #turns = new Turns();
  #finished: Promise<void> = Promise.resolve();
  #error: CircuitError | undefined;
  #roomy: (() => void) | undefined;

  /** @internal */
  constructor(call: Caller) {
    this.#call = call;
  }

  /** Settles when the other side has taken everything, or as soon as it takes no more. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  /**
   * `finished` settles with the call.
   *
   * @internal
   */
  until(finished: Promise<void>): this {
    this.#finished = finished;
    finished.catch((error: CircuitError) => this.#fail(error));
    return this;
  }

  /**
   * Resolves once the bytes are on their way, and may then be used again; waits while the other
   * side takes no more. Writes take effect in the order of the calls, also without waiting.
   * Throws BAD_ARGUMENT after `end`, and what ended the stream.
   */
  write(bytes: Uint8Array): Promise<void> {
    return this.#turns.take(() => this.#write(bytes));
  }

  /** Writes no more; resolves once the other side has taken everything. */
  async end(): Promise<void> {
    await this.#turns.take(async () => {
      if (this.#error === undefined) this.#call()?.end();
      this.#error ??= new CircuitError('BAD_ARGUMENT', 'the stream was ended already');
    });
    return this.#finished;
  }

  /** Gives up: the other side learns that the stream is incomplete. */
  abandon(): void {
    this.#call()?.cancel();
    this.#fail(new CircuitError('CANCELLED', 'the writing was given up'));
  }

  /**
   * Called when the call has room again.
   *
   * @internal
   */
  roomAgain(): void {
    this.#roomy?.();
    this.#roomy = undefined;
  }

  #fail(error: CircuitError): void {
    this.#error ??= error;
    this.roomAgain();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#error !== undefined) throw this.#error;
      const room = this.#call()?.room() ?? 0;
      if (room > 0) {
        // A copy, which `slice` of a Buffer is not: the connection needs it longer than we do.
        const part = new Uint8Array(bytes.subarray(at, at + room));
        at += part.length;
        this.#call()?.data(part);
      } else {
        await new Promise<void>((resolve) => {
          this.#roomy = resolve;
        });
      }
    }
    if (this.#error !== undefined) throw this.#error;
  }
}

/** Runs one piece of work after another, in the order asked; the first at once. */
class Turns {
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#waiting === 0 ? work() : this.#last.then(work);
    this.#waiting++;
    const over = () => void this.#waiting--;
    this.#last = turn.then(over, over);
    return turn;
  }
}
