/**
 * A codec that remembers. Records of servers are read and written again and again, mostly the same
 * few: whoever tells of an event tells the same bytes. What was read or written lately is not taken
 * apart or put together a second time, and equal bytes give one and the same object, so that
 * a thousand views in one process share their records.
 *
 * It is a pure function all the same: a remembered value is given only for exactly its bytes.
 */

import { type Codec, decode, Reader, Writer } from './codec.ts';

interface Remembered<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/**
 * `inner` with its length in front. Values must never be changed. `bytesMax` bounds one value,
 * `slots`, a power of two, how many are remembered.
 */
export function memoized<T extends object>(
  inner: Codec<T>,
  { bytesMax, slots }: { readonly bytesMax: number; readonly slots: number },
): Codec<T> {
  const known: (Remembered<T> | undefined)[] = new Array(slots).fill(undefined);
  const written = new WeakMap<T, Uint8Array>();
  const scratch = new Writer(256);

  return {
    write(writer, value) {
      let bytes = written.get(value);
      if (bytes === undefined) {
        inner.write(scratch, value);
        bytes = scratch.take();
        written.set(value, bytes);
      }
      writer.block(bytes);
    },
    read(reader) {
      const bytes = reader.block(bytesMax);
      const slot = hashOf(bytes) & (slots - 1);
      const remembered = known[slot];
      if (remembered !== undefined && equal(remembered.bytes, bytes)) return remembered.value;
      const part = new Reader(bytes);
      const value = inner.read(part);
      if (part.remaining > 0) reader.fail();
      const copy = bytes.slice();
      known[slot] = { bytes: copy, value };
      written.set(value, copy);
      return value;
    },
  };
}

/** Places of a decoder that was of no use yet. */
const SLOTS_FIRST = 16;
/** After so many messages it is seen whether more places would be of use. */
const TRIAL = 256;

/**
 * Decodes whole messages of up to `bytesMax` bytes, and remembers the last of them: `slots`, a power
 * of two, at most. One bit of news comes to everybody in the same words; but where one server is alone
 * in its process it hears most words once. So places are added while remembered ones are found.
 */
export function memoizedDecoder<T extends object>(
  codec: Codec<T>,
  { bytesMax, slots }: { readonly bytesMax: number; readonly slots: number },
): (bytes: Uint8Array) => T | undefined {
  let known: (Remembered<T> | undefined)[] = new Array(SLOTS_FIRST).fill(undefined);
  let asked = 0;
  let found = 0;
  const slotOf = (bytes: Uint8Array) => hashOf(bytes) & (known.length - 1);

  function grow(): void {
    const before = known;
    known = new Array(2 * before.length).fill(undefined);
    for (const each of before) if (each !== undefined) known[slotOf(each.bytes)] = each;
  }

  return (bytes) => {
    if (bytes.length > bytesMax) return decode(codec, bytes);
    if (++asked === TRIAL) {
      if (4 * found >= asked && known.length < slots) grow();
      asked = 0;
      found = 0;
    }
    const slot = slotOf(bytes);
    const remembered = known[slot];
    if (remembered !== undefined && equal(remembered.bytes, bytes)) {
      found++;
      return remembered.value;
    }
    const value = decode(codec, bytes);
    if (value !== undefined) known[slot] = { bytes: bytes.slice(), value };
    return value;
  };
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) {
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
