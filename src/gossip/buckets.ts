/**
 * Where two views differ, found without sending either: the members are put into buckets by a hash
 * of their ids, and each bucket has a digest. Buckets that differ hold the members that differ, and
 * only those need to be sent. With about four members in a bucket, a few differences among n
 * members cost n/4 digests, and a few records for each.
 */

import { idHigh, idLow, mix } from '../hash.ts';
import type { ServerId } from '../id.ts';
import { type Digest, emptyDigest, sameDigest } from './digest.ts';

/** Fewer would not be worth a round of messages. */
const BUCKETS_MIN = 16;

/** Digests of 9 or 10 bytes each: the longest summary stays below some 10 KiB. */
const BUCKETS_MAX = 1_024;

/** Keeps the order within a bucket apart from that of rings and digests. */
const SALT = 0x6275636b;

/** How many buckets a view of `members` members is summed up in: a power of two from 16 to 1024. */
export function bucketCount(members: number): number {
  let count = BUCKETS_MIN;
  while (count < BUCKETS_MAX && count * 4 < members) count *= 2;
  return count;
}

/** 32 bits of which the low ones are the bucket: from 0 to 2^32 - 1. */
export function bucketBits(id: ServerId): number {
  return mix(idHigh(id), idLow(id), SALT);
}

/** The bucket, from 0 to `count` - 1, in which every server puts `id`. `count` is 1 at least. */
export function bucketOf(id: ServerId, count: number): number {
  return bucketBits(id) % count;
}

/** The buckets whose digests differ, in order. What one list has more of counts as empty in the other. */
export function differing(a: readonly Digest[], b: readonly Digest[]): number[] {
  const buckets: number[] = [];
  for (let bucket = 0; bucket < Math.max(a.length, b.length); bucket++) {
    if (!sameDigest(a[bucket] ?? emptyDigest, b[bucket] ?? emptyDigest)) buckets.push(bucket);
  }
  return buckets;
}
