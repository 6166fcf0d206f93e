/**
 * Bytes in, bytes out, with a bound on everything. A `Reader` never trusts a length that a peer
 * sent: it checks it against what is there and against the limit of the field before it allocates.
 *
 * A malformed input ends the decoding by throwing one prepared object, which `decode` turns into
 * undefined: junk costs no stack trace, and no decoder of ours throws to its caller.
 */

import { assert } from '../assert.ts';

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const malformed = { malformed: true };
/** Texts below so many bytes are decoded faster by us than by the platform. */
const SHORT_TEXT = 24;

/** Appends to a buffer that grows as needed. */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    const at = this.#length;
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    this.#length = at + 4;
  }

  /** An integer from 0 to 2^53 - 1, seven bits a byte, the low ones first. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Bytes with their length in front. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  text(value: string): void {
    const length = value.length;
    if (length < 64 && isAscii(value)) {
      this.#reserve(length + 1);
      this.#bytes[this.#length++] = length;
      for (let i = 0; i < length; i++) this.#bytes[this.#length++] = value.charCodeAt(i);
      return;
    }
    this.block(utf8Encoder.encode(value));
  }

  /** Overwrites four bytes at `at`, which was written before: lengths that are known afterwards. */
  patchU32(at: number, value: number): void {
    assert(at + 4 <= this.#length, 'patch within what was written');
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  /** What was written, in place: valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, to keep. The writer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** What was written, without a copy; the writer starts over with a buffer of `capacity`. */
  detach(capacity: number): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(capacity);
    this.#length = 0;
    return taken;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Reads what a Writer wrote. Everything it returns is checked; see `decode`. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    if (this.#at >= this.#end) throw malformed;
    return this.#bytes[this.#at++] as number;
  }

  u32(): number {
    const at = this.#take(4);
    const b = this.#bytes;
    return (
      (b[at] as number) * 0x1000000 +
      (((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number))
    );
  }

  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * unit;
      if (value > max) throw malformed;
      if (byte < 0x80) return value;
      unit *= 0x80;
      if (unit > 0x2000000000000) throw malformed;
    }
  }

  /** A view into the input, not a copy. */
  block(bytesMax: number): Uint8Array {
    const length = this.varint(bytesMax);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** All that is left, as a view into the input. */
  rest(): Uint8Array {
    const at = this.#at;
    this.#at = this.#end;
    return this.#bytes.subarray(at, this.#end);
  }

  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  text(bytesMax: number): string {
    const length = this.varint(bytesMax);
    const at = this.#take(length);
    if (length < SHORT_TEXT) {
      const codes: number[] = [];
      for (let i = at; i < at + length; i++) {
        const byte = this.#bytes[i] as number;
        if (byte >= 0x80) break;
        codes.push(byte);
      }
      if (codes.length === length) return String.fromCharCode(...codes);
    }
    try {
      return utf8Decoder.decode(this.#bytes.subarray(at, at + length));
    } catch {
      throw malformed;
    }
  }

  /** Ends the decoding: what was read is not what the field allows. */
  fail(): never {
    throw malformed;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw malformed;
    this.#at = at + count;
    return at;
  }
}

/** How a value of type T is written and read. */
export interface Codec<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}

/** Used by `encode` again and again; codecs do not encode within encoding. */
const scratch = new Writer(4096);
/** Beyond this it is given away with its contents: one long message must not stay for ever. */
const SCRATCH_BYTES_MAX = 64 * 1024;

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  assert(scratch.length === 0, 'one encoding at a time');
  try {
    codec.write(scratch, value);
  } catch (error) {
    scratch.detach(4096);
    throw error;
  }
  return scratch.length > SCRATCH_BYTES_MAX ? scratch.detach(4096) : scratch.take();
}

/** The value, or undefined when the bytes are not exactly one of it. Never throws. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T | undefined {
  const reader = new Reader(bytes);
  const value = guarded((from) => codec.read(from), reader);
  return reader.remaining === 0 ? value : undefined;
}

/** What `read` makes of `reader`; undefined when it met malformed input. */
export function guarded<T>(read: (reader: Reader) => T, reader: Reader): T | undefined {
  try {
    return read(reader);
  } catch (error) {
    if (error === malformed) return undefined;
    throw error;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}
