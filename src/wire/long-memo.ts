/**
 * Long messages that were read lately. A server that is asked for its view by a thousand others says
 * the same to each; where many of them are in one process, it is taken apart once, and all get one
 * and the same object.
 *
 * It is a pure function all the same: a value is given only for exactly its bytes. They are compared
 * by words, which takes a small part of the time that it takes to read them.
 */

import { type Codec, decode } from './codec.ts';

interface Remembered<T> {
  readonly words: Int32Array;
  readonly length: number;
  readonly value: T;
}

/** Words that are looked at to find a message again; all of them are before it is given. */
const SAMPLES = 16;

export interface LongMemoOptions {
  /** Shorter ones are read each time. */
  readonly bytesMin: number;
  /** Of all that are remembered: of what comes last. */
  readonly bytesMax: number;
}

/** Reads messages as `decode` does. What it gives must never be changed. */
export class LongMemo<T extends object> {
  readonly #codec: Codec<T>;
  readonly #bytesMin: number;
  readonly #bytesMax: number;
  /** What it looks like => what it is; that which came first is first. */
  readonly #known = new Map<number, Remembered<T>>();
  #bytes = 0;

  constructor(codec: Codec<T>, { bytesMin, bytesMax }: LongMemoOptions) {
    this.#codec = codec;
    this.#bytesMin = bytesMin;
    this.#bytesMax = bytesMax;
  }

  /** Undefined when the bytes are not exactly one message. Never throws. */
  decode(bytes: Uint8Array): T | undefined {
    if (bytes.length < this.#bytesMin || bytes.length > this.#bytesMax) {
      return decode(this.#codec, bytes);
    }
    const words = wordsOf(bytes);
    const look = lookOf(words, bytes.length);
    const known = this.#known.get(look);
    if (known?.length === bytes.length && isSame(known.words, words)) return known.value;
    const value = decode(this.#codec, bytes);
    if (value !== undefined) this.#keep(look, { words, length: bytes.length, value });
    return value;
  }

  #keep(look: number, message: Remembered<T>): void {
    this.#drop(look);
    this.#known.set(look, message);
    this.#bytes += message.length;
    for (const first of this.#known.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#drop(first);
    }
  }

  #drop(look: number): void {
    const known = this.#known.get(look);
    if (known === undefined) return;
    this.#known.delete(look);
    this.#bytes -= known.length;
  }
}

/** A copy, filled up with zeros. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

function lookOf(words: Int32Array, length: number): number {
  let look = length;
  const step = Math.max(1, Math.floor(words.length / SAMPLES));
  for (let at = 0; at < words.length; at += step) {
    look = Math.imul(look ^ (words[at] as number), 0x9e3779b1);
    look ^= look >>> 15;
  }
  return look;
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
