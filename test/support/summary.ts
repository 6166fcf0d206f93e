/** The summary of a view, by definition. */

import { bucketOf } from '../../src/gossip/buckets.ts';
import { type Digest, emptyDigest, toggled } from '../../src/gossip/digest.ts';
import type { ServerId } from '../../src/id.ts';

/** What of a member the buckets are about. */
export interface Listed {
  readonly id: ServerId;
  readonly incarnation: number;
}

/** The digest of each bucket. */
export function summaryOf(members: Iterable<Listed>, count: number): Digest[] {
  const buckets = new Array<Digest>(count).fill(emptyDigest);
  for (const { id, incarnation } of members) {
    const bucket = bucketOf(id, count);
    buckets[bucket] = toggled(buckets[bucket] as Digest, id, incarnation);
  }
  return buckets;
}
