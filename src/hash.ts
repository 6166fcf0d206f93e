/**
 * Hashes that every server computes alike: positions on rings, and digests. They spread random
 * ids evenly; they are no defence against somebody who chooses ids to collide.
 */

import type { ServerId } from './id.ts';

const DIGIT_0 = 0x30;
const LETTER_A = 0x61;

/** The first 32 of the 64 bits of an id. */
export function idHigh(id: ServerId): number {
  return digitsAt(id, 1);
}

/** The last 32 of the 64 bits of an id. */
export function idLow(id: ServerId): number {
  return digitsAt(id, 9);
}

/** Eight hex digits, lower case, as a number: without a string of their own. */
function digitsAt(id: ServerId, start: number): number {
  let value = 0;
  for (let i = start; i < start + 8; i++) {
    const code = id.charCodeAt(i);
    value = (value << 4) | (code < LETTER_A ? code - DIGIT_0 : code - LETTER_A + 10);
  }
  return value >>> 0;
}

/** 64 bits and a salt to 32 bits, from 0 to 2^32 - 1. The finalizer of MurmurHash3, three times. */
export function mix(high: number, low: number, salt: number): number {
  return scramble(scramble(scramble(salt) ^ high) ^ low);
}

function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
