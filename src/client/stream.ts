/** The two ends of a byte stream on a call, as a client sees them. */

import type { CircuitError } from '../errors.ts';
import type { Call } from '../rpc/call.ts';

/**
 * Bytes to read. A chunk counts as used up when the next one is asked for, or when the loop is
 * left: only then may the other side send as much again, and what was not used up is not lost.
 */
export class ByteSource implements AsyncIterableIterator<Uint8Array> {
  readonly #call: () => Call;
  readonly #chunks: Uint8Array[] = [];
  #inUse = 0;
  #ended = false;
  #error: CircuitError | undefined;
  #wanted: (() => void) | undefined;

  constructor(call: () => Call) {
    this.#call = call;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#use();
    while (this.#chunks.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) {
        this.#call().end();
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
    }
    const chunk = this.#chunks.shift() as Uint8Array;
    this.#inUse = chunk.length;
    return { done: false, value: chunk };
  }

  /** Stops reading. What was not asked for stays with the process for its next reader. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#use();
    if (this.#ended && this.#chunks.length === 0) this.#call().end();
    else this.#call().cancel();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What follows is called as the call goes on. */

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(error: CircuitError): void {
    this.#error = error;
    this.#wake();
  }

  #use(): void {
    if (this.#inUse > 0) this.#call().grant(this.#inUse);
    this.#inUse = 0;
  }

  #wake(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }
}

/** Bytes to write. */
export class ByteSink {
  readonly #call: () => Call;
  #finished: Promise<void> = Promise.resolve();
  #error: CircuitError | undefined;
  #roomy: (() => void) | undefined;

  constructor(call: () => Call) {
    this.#call = call;
  }

  /** `finished` settles with the call: when the other side has taken everything, or failed. */
  until(finished: Promise<void>): this {
    this.#finished = finished;
    finished.catch((error: CircuitError) => {
      this.#error = error;
      this.roomAgain();
    });
    return this;
  }

  /** Settles with the stream: rejects as soon as it fails, also while nothing is written. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  /** Resolves once the bytes are on their way; waits while the other side takes no more. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#error !== undefined) throw this.#error;
      const room = this.#call().room();
      if (room > 0) {
        const part = bytes.subarray(at, at + room);
        at += part.length;
        this.#call().data(part);
      } else {
        await new Promise<void>((resolve) => {
          this.#roomy = resolve;
        });
      }
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** Writes no more; resolves once the other side has taken everything. */
  end(): Promise<void> {
    this.#call().end();
    return this.#finished;
  }

  /** Gives up: the other side learns that the stream is incomplete. */
  abandon(): void {
    this.#call().cancel();
  }

  /** Called when the call has room again. */
  roomAgain(): void {
    this.#roomy?.();
    this.#roomy = undefined;
  }
}
