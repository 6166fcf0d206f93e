/**
 * A message full of records, which a newcomer takes in at once. A seed says the same to all that
 * join by it, and a message that was read once is one object (see wire/long-memo.ts), so what is
 * worked out for one of a thousand newcomers in a process serves them all.
 */

import type { Member } from './member.ts';
import { View } from './view.ts';

/** Records of one message. */
export interface Batch {
  /** Those present, without a second one of the same server. */
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
  const members: Member[] = [];
  const rest: Member[] = [];
  let view = View.empty;
  for (const record of records) {
    const next = record.left || view.has(record.id) ? view : view.with(record);
    (next === view ? rest : members).push(record);
    view = next;
  }
  const batch = { members, view, rest };
  batches.set(records, batch);
  return batch;
}
