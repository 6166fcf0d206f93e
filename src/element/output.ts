/**
 * One output of a process, read by one reader at a time. Nothing is read from the pipe ahead of
 * the reader's credit. What was sent is kept until the reader has used it up, so that the reader
 * after one that was killed goes on exactly where it stopped.
 */

import { CircuitError } from '../errors.ts';
import type { Child, Output } from '../host/index.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';

const empty = new Uint8Array(0);

export class OutputStream {
  readonly #child: Child;
  readonly #output: Output;
  /** Sent to some reader and not known to be used up; the live ones begin at `#first`. */
  #kept: Uint8Array[] = [];
  #first = 0;
  #keptBytes = 0;
  /** Bytes of what is kept that the present reader was sent. */
  #sentBytes = 0;
  /** Bytes that the present reader has used up, as far as `#forget` has looked. */
  #usedBytes = 0;
  #ended = false;
  #reader: Call | undefined;

  constructor(child: Child, output: Output) {
    this.#child = child;
    this.#output = output;
  }

  /** The caller ends its own stream once it has used up all of this one. */
  attach(call: Call): CallEvents {
    if (this.#reader !== undefined) {
      throw new CircuitError('STREAM_BUSY', `somebody else reads the ${this.#output} already`);
    }
    this.#reader = call;
    this.#usedBytes = 0;
    this.#sentBytes = 0;
    call.reply(empty, { end: false });
    this.#resend(call);
    this.#pump();
    return {
      room: () => this.#pump(),
      ended: () => {
        this.#drop(this.#keptBytes);
        this.#reader = undefined;
      },
      cancelled: () => {
        this.#detach();
        call.fail(new CircuitError('CANCELLED', 'the reading was cancelled'));
      },
      failed: () => this.#detach(),
    };
  }

  /** The pipe has something. */
  readable(): void {
    this.#pump();
  }

  /** The pipe is empty and closed. */
  ended(): void {
    this.#ended = true;
    this.#pump();
  }

  abort(error: CircuitError): void {
    this.#reader?.fail(error);
    this.#reader = undefined;
  }

  #detach(): void {
    this.#forget();
    this.#reader = undefined;
  }

  /** What an earlier reader left: at most a window, so the present one has credit for it. */
  #resend(call: Call): void {
    for (const chunk of this.#kept.slice(this.#first)) {
      const part = chunk.subarray(0, call.room());
      this.#sentBytes += part.length;
      call.data(part);
      if (part.length < chunk.length) return;
    }
  }

  #pump(): void {
    const call = this.#reader;
    if (call === undefined) return;
    this.#forget();
    for (;;) {
      const room = Math.min(call.room(), limits.dataBytesMax);
      if (room === 0) return;
      const chunk = this.#unsent(room) ?? this.#fresh(room);
      if (chunk === undefined) break;
      this.#sentBytes += chunk.length;
      call.data(chunk);
    }
    if (this.#ended) call.end();
  }

  /** What is kept and was not sent to the present reader for want of room. */
  #unsent(bytesMax: number): Uint8Array | undefined {
    if (this.#sentBytes === this.#keptBytes) return undefined;
    let skip = this.#sentBytes;
    for (const chunk of this.#kept.slice(this.#first)) {
      if (skip < chunk.length) return chunk.subarray(skip, skip + bytesMax);
      skip -= chunk.length;
    }
    return undefined;
  }

  #fresh(bytesMax: number): Uint8Array | undefined {
    const chunk = this.#child.read(this.#output, bytesMax);
    if (chunk === undefined) return undefined;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    return chunk;
  }

  /** Drops what the reader has used up since the last look. */
  #forget(): void {
    const consumed = this.#reader?.consumed ?? 0;
    this.#drop(Math.min(consumed - this.#usedBytes, this.#sentBytes));
    this.#usedBytes = consumed;
  }

  #drop(bytes: number): void {
    let rest = bytes;
    while (rest > 0) {
      const chunk = this.#kept[this.#first] as Uint8Array;
      const part = Math.min(rest, chunk.length);
      if (part === chunk.length) this.#first++;
      else this.#kept[this.#first] = chunk.subarray(part);
      rest -= part;
    }
    this.#keptBytes -= bytes;
    this.#sentBytes = Math.max(0, this.#sentBytes - bytes);
    if (this.#first > 64 || this.#keptBytes === 0) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
  }
}
