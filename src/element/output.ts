/**
 * One output of a process or container, read by one reader at a time. Nothing is read from the pipe
 * ahead of the reader's credit. What was sent is kept until the reader has used it up, so that the
 * reader after one that was killed goes on exactly where it stopped.
 */

import { Share } from '../budget.ts';
import { ByteQueue } from '../byte-queue.ts';
import { CircuitError } from '../errors.ts';
import type { Output, Pipes } from '../host/index.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';

const empty = new Uint8Array(0);

export class OutputStream {
  readonly #child: Pipes;
  readonly #output: Output;
  /** Sent to the present reader, and not known to be used up. At most a window. */
  #unused = new ByteQueue();
  /** Left by an earlier reader: comes before anything fresh. With `#unused` at most a window. */
  #left = new ByteQueue();
  /** So many bytes that the present reader has used up are dropped already. */
  #dropped = 0;
  #ended = false;
  /** Why nothing follows what is left, when that is not its end. */
  #broken: CircuitError | undefined;
  /** Nobody can come to read any more: what no reader takes is thrown away. */
  #discarding = false;
  #reader: Call | undefined;
  /** Of what is kept, since the first reader came. */
  #share: Share | undefined;
  /** The reader might have had more, had there been room for it. */
  #isShort = false;

  constructor(child: Pipes, output: Output) {
    this.#child = child;
    this.#output = output;
  }

  /** The caller ends its own stream once it has used up all of this one. */
  attach(call: Call): CallEvents {
    if (this.#reader !== undefined) {
      throw new CircuitError('STREAM_BUSY', `somebody else reads the ${this.#output} already`);
    }
    if (call.complete) {
      throw new CircuitError('PROTOCOL', 'a reader ends its stream after the output, not before');
    }
    this.#reader = call;
    this.#share ??= new Share(call.held);
    this.#dropped = 0;
    call.reply(empty, { end: false });
    this.#pump();
    return {
      room: () => this.#pump(),
      granted: () => {
        if (this.#isShort) this.#pump();
      },
      ended: () => {
        if (this.#ended && this.#left.length === 0) this.#unused.clear();
        this.#detach();
        call.end();
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

  /** Nothing follows what is left to read, and that is not its end: each reader is told why. */
  broken(error: CircuitError): void {
    this.#broken = error;
    this.#pump();
  }

  /** No reader comes after the present one. */
  discard(): void {
    this.#discarding = true;
    this.#pump();
  }

  abort(error: CircuitError): void {
    this.#reader?.fail(error);
    this.#reader = undefined;
    this.#share?.close();
  }

  #detach(): void {
    this.#forget();
    this.#reader = undefined;
    while (this.#left.length > 0) this.#unused.push(this.#left.shift(limits.streamWindowBytes));
    [this.#left, this.#unused] = [this.#unused, this.#left];
    if (this.#discarding) this.#pump();
    this.#count();
  }

  #pump(): void {
    const call = this.#reader;
    if (call === undefined) {
      if (this.#discarding) this.#empty();
      return;
    }
    this.#forget();
    for (;;) {
      const room = this.#mayRead(call) ? Math.min(call.room(), limits.dataBytesMax) : 0;
      const chunk = room === 0 ? undefined : this.#next(room);
      if (chunk === undefined) {
        if (room > 0 && this.#broken !== undefined) this.#break(call, this.#broken);
        break;
      }
      this.#unused.push(chunk);
      this.#count();
      call.data(chunk);
    }
    if (this.#ended && this.#left.length === 0) call.end();
  }

  #break(call: Call, error: CircuitError): void {
    call.fail(error);
    this.#reader = undefined;
    this.#unused.clear();
    this.#count();
  }

  #next(bytesMax: number): Uint8Array | undefined {
    if (this.#left.length > 0) return this.#left.shift(bytesMax);
    return this.#child.read(this.#output, bytesMax);
  }

  #empty(): void {
    this.#left.clear();
    while (this.#child.read(this.#output, limits.dataBytesMax) !== undefined);
  }

  /** Drops what the reader has used up since the last look. */
  #forget(): void {
    const used = this.#reader?.consumed ?? 0;
    this.#unused.skip(Math.min(used - this.#dropped, this.#unused.length));
    this.#dropped = used;
    this.#count();
  }

  /** Where there is no room, a reader gets one piece at a time. */
  #mayRead({ held }: Call): boolean {
    this.#isShort = held.isSpent && this.#unused.length > 0;
    return !this.#isShort;
  }

  #count(): void {
    this.#share?.resize(this.#unused.length + this.#left.length);
  }
}
