/**
 * The octets of DNS messages: numbers, and names with and without compression (RFC 1035, 4.1.4).
 *
 * Reading never throws. What is read beyond the end, or makes no sense, is 0 or empty, and `bad` is
 * set from then on. A name follows a few pointers only, each to before all that it has seen, so that
 * no message costs more to read than its length.
 */

import { type DomainName, NAME_OCTETS_MAX, octetsIn } from './name.ts';

/** Pointers that one name may follow; honest ones have one or two. */
const POINTERS_MAX = 16;
/** Where a pointer can lead: it has 14 bits. */
const POINTER_TARGET_MAX = 0x3fff;
const POINTER = 0xc0;

export class OctetReader {
  readonly #bytes: Uint8Array;
  /** Nothing is read from here on, but what pointers lead to. */
  readonly end: number;
  at: number;
  bad = false;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    if (this.at >= this.end) {
      this.bad = true;
      return 0;
    }
    return this.#bytes[this.at++] as number;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  /** A view of the next octets; empty when there are not so many. */
  take(count: number): Uint8Array {
    if (count > this.left) {
      this.bad = true;
      this.at = this.end;
      return this.#bytes.subarray(0, 0);
    }
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  /** A part of the rest, with the same message behind it. */
  part(count: number): OctetReader {
    const at = this.at;
    this.take(count);
    return new OctetReader(this.#bytes, at, Math.min(at + count, this.end));
  }

  /** A name; with `pointers`, it may be compressed. */
  name({ pointers = false } = {}): DomainName {
    const labels: string[] = [];
    let octets = 1;
    let from: OctetReader = this;
    let origin = this.at;
    for (let followed = 0; !this.bad; ) {
      const length = from.u8();
      if (length === 0) break;
      if (length < 64) {
        labels.push(String.fromCharCode(...from.take(length)));
        octets += length + 1;
        if (octets > NAME_OCTETS_MAX) this.bad = true;
      } else {
        const target = (length - POINTER) * 256 + from.u8();
        const follow = pointers && length >= POINTER && target < origin;
        if (!follow || ++followed > POINTERS_MAX) this.bad = true;
        else {
          origin = target;
          from = new OctetReader(this.#bytes, target);
        }
      }
      if (from.bad) this.bad = true;
    }
    return this.bad ? [] : labels;
  }
}

export class OctetWriter {
  at = 0;
  #bytes = new Uint8Array(512);
  /** A name as it was written => where it begins. Equal names in other cases are written anew. */
  readonly #names = new Map<string, number>();

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.at++] = value;
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value & 255);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 65_535);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** With `compress`, ends with a pointer to an earlier name where that is possible. */
  name(name: DomainName, { compress = false } = {}): void {
    const keys: string[] = [];
    // Lengths tell labels apart, whatever octets are in them.
    for (const label of name.toReversed()) {
      keys.push(String.fromCharCode(label.length) + label + (keys.at(-1) ?? ''));
    }
    for (let i = 0; i < name.length; i++) {
      const key = keys[name.length - 1 - i] as string;
      const known = compress ? this.#names.get(key) : undefined;
      if (known !== undefined) {
        this.u16(POINTER * 256 + known);
        return;
      }
      if (this.at <= POINTER_TARGET_MAX && !this.#names.has(key)) this.#names.set(key, this.at);
      const label = name[i] as string;
      this.u8(label.length);
      for (let j = 0; j < label.length; j++) this.u8(label.charCodeAt(j));
    }
    this.u8(0);
  }

  /** Puts a number where something was written before. */
  patch16(at: number, value: number): void {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value & 255;
  }

  /** Takes back all that was written from `at` on. */
  rewind(at: number): void {
    this.at = at;
    for (const [name, begin] of this.#names) if (begin >= at) this.#names.delete(name);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.at);
  }

  #room(count: number): void {
    if (this.at + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.at + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** A name by itself, uncompressed. */
export function nameOctets(name: DomainName): Uint8Array {
  const bytes = new Uint8Array(octetsIn(name));
  let at = 0;
  for (const label of name) {
    bytes[at++] = label.length;
    for (let i = 0; i < label.length; i++) bytes[at++] = label.charCodeAt(i);
  }
  return bytes;
}
