/**
 * Hashes that every server computes alike: positions on rings, and digests. They spread random
 * ids evenly; they are no defence against somebody who chooses ids to collide.
 */

import type { ServerId } from './id.ts';

/** The first 32 of the 64 bits of an id. */
export function idHigh(id: ServerId): number {
  return Number.parseInt(id.slice(1, 9), 16);
}

/** The last 32 of the 64 bits of an id. */
export function idLow(id: ServerId): number {
  return Number.parseInt(id.slice(9), 16);
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
