/**
 * Bytes in the order in which they came, to be taken out in other pieces. Short chunks are copied
 * together: who writes byte by byte makes us keep bytes, not an object for each and the block in
 * which it arrived.
 */

import { assert } from './assert.ts';

/** Chunks from this size on are kept as they are. */
const KEEP_BYTES_MIN = 8 * 1024;
/** Blocks that short chunks are copied to begin small and double up to this. */
const BLOCK_BYTES_MIN = 128;
const BLOCK_BYTES_MAX = 16 * 1024;

const empty = new Uint8Array(0);

export class ByteQueue {
  #chunks: Uint8Array[] = [];
  /** The chunks before it are taken. */
  #first = 0;
  #length = 0;
  /** Bytes at the end of the last chunk's block that are not used yet. */
  #spare = 0;

  get length(): number {
    return this.#length;
  }

  /** A chunk that is not short is kept as a view. */
  push(bytes: Uint8Array): void {
    if (bytes.length >= KEEP_BYTES_MIN) {
      this.keep(bytes);
      return;
    }
    for (let rest = bytes; rest.length > 0; ) rest = this.#copy(rest);
    this.#length += bytes.length;
  }

  /** Keeps a chunk as a view, however short it is. */
  keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    this.#spare = 0;
  }

  /** The first bytes, at most `bytesMax`, as far as they lie in one piece. */
  shift(bytesMax: number): Uint8Array {
    const chunk = this.#chunks[this.#first] ?? empty;
    if (chunk.length <= bytesMax) {
      this.#drop();
      return chunk;
    }
    this.#chunks[this.#first] = chunk.subarray(bytesMax);
    this.#length -= bytesMax;
    return chunk.subarray(0, bytesMax);
  }

  /** Exactly the first `count` bytes, which must be there, in one piece. */
  take(count: number): Uint8Array {
    assert(count <= this.#length, 'bytes to take are there');
    const first = this.shift(count);
    if (first.length === count) return first;
    const taken = new Uint8Array(count);
    taken.set(first);
    for (let at = first.length; at < count; ) {
      const part = this.shift(count - at);
      taken.set(part, at);
      at += part.length;
    }
    return taken;
  }

  /** Drops the first `count` bytes, which must be there. */
  skip(count: number): void {
    assert(count <= this.#length, 'bytes to skip are there');
    for (let rest = count; rest > 0; ) rest -= this.shift(rest).length;
  }

  clear(): void {
    this.#chunks = [];
    this.#first = 0;
    this.#length = 0;
    this.#spare = 0;
  }

  /** Copies what fits into the last block, or into a new one; returns what is left. */
  #copy(bytes: Uint8Array): Uint8Array {
    if (this.#spare === 0) {
      const size = Math.max(BLOCK_BYTES_MIN, bytes.length, Math.min(this.#length, BLOCK_BYTES_MAX));
      this.#chunks.push(new Uint8Array(size).subarray(0, 0));
      this.#spare = size;
    }
    const last = this.#chunks.length - 1;
    const chunk = this.#chunks[last] as Uint8Array;
    const count = Math.min(bytes.length, this.#spare);
    const grown = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length + count);
    grown.set(bytes.subarray(0, count), chunk.length);
    this.#chunks[last] = grown;
    this.#spare -= count;
    return bytes.subarray(count);
  }

  #drop(): void {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return;
    this.#length -= chunk.length;
    this.#chunks[this.#first] = empty;
    this.#first++;
    if (this.#first === this.#chunks.length) {
      this.clear();
    } else if (this.#first > 64 && this.#first * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
  }
}
