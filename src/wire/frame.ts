/**
 * Length-prefixed frames out of a byte stream. A frame is four bytes of length, then that many
 * bytes. The length is checked against `max` before anything is collected, so an announced size
 * costs the peer bytes, not us memory. A frame that lies whole in a chunk is not copied.
 */

import { ByteQueue } from '../byte-queue.ts';
import type { Reader } from './codec.ts';
import { Reader as ByteReader } from './codec.ts';

const HEADER = 4;

const nothing = new Uint8Array(0);

export class Frames {
  /** Larger frames are refused. May be raised while the stream is read. */
  max: number;
  /** The beginning of a header or of a body that is not whole yet. */
  readonly #held = new ByteQueue();
  /** Length of the body that comes next; undefined while its header is to come. */
  #body: number | undefined;
  /** What follows the frame at which it was stopped, as a view. */
  #rest: Uint8Array = nothing;

  constructor(max: number) {
    this.max = max;
  }

  /** Of what it was given, how much waits for the next `push`, because it was stopped before. */
  get waitingBytes(): number {
    return this.#rest.length;
  }

  /** Takes bytes without a look at them: they wait for the next `push`. */
  later(more: Uint8Array): void {
    this.#rest = joined(this.#rest, more);
  }

  /**
   * Hands each frame that is whole now to `onFrame`, in order, as a view. `onFrame` returns false
   * to stop before the next that is whole. Returns false when a frame was over-long: nothing after it
   * can be understood.
   */
  push(more: Uint8Array, onFrame: (frame: Reader) => boolean): boolean {
    const chunk = joined(this.#rest, more);
    this.#rest = nothing;
    let at = 0;
    for (;;) {
      const count = this.#body ?? HEADER;
      let bytes = chunk;
      let start = at;
      if (this.#held.length > 0) {
        const missing = count - this.#held.length;
        this.#held.push(chunk.subarray(at, at + missing));
        at += missing;
        if (this.#held.length < count) return true;
        bytes = this.#held.take(count);
        start = 0;
      } else if (chunk.length - at < count) {
        this.#held.push(chunk.subarray(at));
        return true;
      } else {
        at += count;
      }
      if (this.#body === undefined) {
        const length = u32(bytes, start);
        if (length > this.max) return false;
        this.#body = length;
      } else {
        this.#body = undefined;
        if (!onFrame(new ByteReader(bytes, start, start + count)) && holdsFrame(chunk, at)) {
          this.#rest = chunk.subarray(at);
          return true;
        }
      }
    }
  }
}

/** Whether a whole frame is at `at`. */
function holdsFrame(chunk: Uint8Array, at: number): boolean {
  const left = chunk.length - at - HEADER;
  return left >= 0 && u32(chunk, at) <= left;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number))
  );
}
