/**
 * A message full of records, which a newcomer takes in at once. A seed says the same to all that
 * join by it, and a message that was read once is one object (see wire/long-memo.ts), so what is
 * worked out for one of a thousand newcomers in a process serves them all.
 */

import type { ServerId } from '../id.ts';
import type { Member } from './member.ts';
import { View } from './view.ts';

/** Records of one message. */
export interface Batch {
  /** Those present, of servers of which there is no other record. */
  readonly members: readonly Member[];
  readonly view: View;
  /** The others. */
  readonly rest: readonly Member[];
}

const batches = new WeakMap<readonly Member[], Batch>();

/** The same records, sorted out. The array must never be changed. */
export function batchOf(records: readonly Member[]): Batch {
  const known = batches.get(records);
  if (known !== undefined) return known;
  const ids = new Set<ServerId>();
  const repeated = new Set<ServerId>();
  for (const { id } of records) (ids.has(id) ? repeated : ids).add(id);
  const members = records.filter(({ id, left }) => !left && !repeated.has(id));
  const rest = records.filter(({ id, left }) => left || repeated.has(id));
  const batch = { members, view: View.of(members), rest };
  batches.set(records, batch);
  return batch;
}
