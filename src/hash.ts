/**
 * Hashes that every server computes alike: positions on rings, and digests. They spread random
 * ids evenly; they are no defence against somebody who chooses ids to collide.
 */

import type { ServerId } from './id.ts';

/** From here on a code is that of a letter, and before, of a digit. */
const LETTERS = 97;

/** The first 32 of the 64 bits of an id. */
export function idHigh(id: ServerId): number {
  return word(id, 1);
}

/** The last 32 of the 64 bits of an id. */
export function idLow(id: ServerId): number {
  return word(id, 9);
}

/** 64 bits and a salt to 32 bits, from 0 to 2^32 - 1. The finalizer of MurmurHash3, three times. */
export function mix(high: number, low: number, salt: number): number {
  return scramble(scramble(scramble(salt) ^ high) ^ low);
}

/** Eight hex digits as a number: several times faster than to cut them out and parse them. */
function word(id: ServerId, from: number): number {
  let value = 0;
  for (let at = from; at < from + 8; at++) {
    const code = id.charCodeAt(at);
    value = (value << 4) | (code < LETTERS ? code - 48 : code - 87);
  }
  return value >>> 0;
}

function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
