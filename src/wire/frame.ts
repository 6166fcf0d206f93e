/**
 * Length-prefixed frames out of a byte stream. A frame is four bytes of length, then that many
 * bytes. The length is checked against `max` before anything is collected, so an announced size
 * costs the peer bytes, not us memory.
 */

import type { Reader } from './codec.ts';
import { Reader as ByteReader } from './codec.ts';

const HEADER = 4;

export class Frames {
  /** Larger frames are refused. May be raised while the stream is read. */
  max: number;
  #parts: Uint8Array[] = [];
  #collected = 0;
  /** Bytes needed before the next frame, or its header, is whole. */
  #needed = HEADER;

  constructor(max: number) {
    this.max = max;
  }

  /**
   * Hands each frame that is whole now to `onFrame`, in order, as a view. `onFrame` returns false
   * to stop. Returns false when a frame was over-long: nothing after it can be understood.
   */
  push(chunk: Uint8Array, onFrame: (frame: Reader) => boolean): boolean {
    let bytes = chunk;
    if (this.#collected > 0) {
      this.#parts.push(chunk);
      this.#collected += chunk.length;
      if (this.#collected < this.#needed) return true;
      bytes = concat(this.#parts, this.#collected);
      this.#parts = [];
      this.#collected = 0;
    }
    let at = 0;
    this.#needed = HEADER;
    while (bytes.length - at >= HEADER) {
      const length = u32(bytes, at);
      if (length > this.max) return false;
      const end = at + HEADER + length;
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      if (!onFrame(new ByteReader(bytes, at + HEADER, end))) return true;
      at = end;
    }
    if (at < bytes.length) {
      this.#parts = [at === 0 ? bytes : bytes.subarray(at)];
      this.#collected = bytes.length - at;
    }
    return true;
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

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
