/**
 * Length-prefixed frames out of a byte stream. A frame is four bytes of length, then that many
 * bytes. The length is checked against `max` before anything is collected, so an announced size
 * costs the peer bytes, not us memory. A frame that lies whole in a chunk is not copied.
 */

import { ByteQueue } from '../byte-queue.ts';
import type { Reader } from './codec.ts';
import { Reader as ByteReader } from './codec.ts';

const HEADER = 4;

export class Frames {
  /** Larger frames are refused. May be raised while the stream is read. */
  max: number;
  /** The beginning of a header or of a body that is not whole yet. */
  readonly #held = new ByteQueue();
  /** Length of the body that comes next; undefined while its header is to come. */
  #body: number | undefined;

  constructor(max: number) {
    this.max = max;
  }

  /**
   * Hands each frame that is whole now to `onFrame`, in order, as a view. `onFrame` returns false
   * to stop. Returns false when a frame was over-long: nothing after it can be understood.
   */
  push(chunk: Uint8Array, onFrame: (frame: Reader) => boolean): boolean {
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
        if (!onFrame(new ByteReader(bytes, start, start + count))) return true;
      }
    }
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number))
  );
}
