/** Ids that cannot be told apart by the bits by which views and summaries are ordered. */

import { bucketBits } from '../../src/gossip/buckets.ts';
import { mix } from '../../src/hash.ts';
import type { ServerId } from '../../src/id.ts';

/** `a` x `inverse(a)` is 1 in 32 bits; `a` is odd (Newton's method). */
function inverse(a: number): number {
  let x = a;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(a, x));
  return x;
}

/** What the finalizer of MurmurHash3 makes into `hash`. */
function unscrambled(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, inverse(0xc2b2ae35));
  h ^= (h >>> 13) ^ (h >>> 26);
  h = Math.imul(h, inverse(0x85ebca6b));
  return (h ^ (h >>> 16)) >>> 0;
}

const hex = (word: number) => word.toString(16).padStart(8, '0');

/** The id that begins with `high` and has those bits. */
export function idWithBits(high: number, bits: number): ServerId {
  // With the low word 0, mix() ends by scrambling what the high word gave: that is what it is mixed with.
  const salt = 0x6275636b;
  const fromHigh = unscrambled(mix(high, 0, salt));
  const low = (unscrambled(bits) ^ fromHigh) >>> 0;
  const id = `X${hex(high)}${hex(low)}` as ServerId;
  if (bucketBits(id) !== bits >>> 0) throw new Error('the hash of buckets is another one by now');
  return id;
}
