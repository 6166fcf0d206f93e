/**
 * One number for a whole view. Two servers that hold the same live members at the same
 * incarnations have the same digest; it rides on every probe, so that a difference is noticed
 * within seconds without anybody sending a view.
 *
 * It is the exclusive or of 64 hashed bits per (server, incarnation): adding and removing a member
 * are the same O(1) operation, and the order does not matter. Two differing views have equal
 * digests once in 2^64.
 */

import { idHigh, idLow, mix } from '../hash.ts';
import type { ServerId } from '../id.ts';

export interface Digest {
  readonly high: number;
  readonly low: number;
}

export const emptyDigest: Digest = { high: 0, low: 0 };

/** `digest` with one member put in, or taken out if it was in. */
export function toggled(digest: Digest, id: ServerId, incarnation: number): Digest {
  const high = idHigh(id);
  const low = idLow(id);
  const upper = Math.floor(incarnation / 2 ** 32);
  const salt = mix(upper, incarnation >>> 0, 0x64696765);
  return {
    high: (digest.high ^ mix(high, low, salt)) >>> 0,
    low: (digest.low ^ mix(low, high, salt ^ 0x5bd1e995)) >>> 0,
  };
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.high === b.high && a.low === b.low;
}
