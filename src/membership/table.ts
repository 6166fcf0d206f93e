/**
 * The view: who is present, who has gone, and the digest of it.
 *
 * Our own record is in it too. What others say of us never becomes that record: when they say that
 * we have gone, or have heard of an incarnation that we never had, ours rises above theirs.
 *
 * A departed server leaves a tombstone, so that old news of its presence does not bring it back.
 * Tombstones are kept for a while and up to a bound, the oldest go first. Only those of servers
 * that we saw present, and not long ago, are shown to a peer that asks for our view; one that
 * comes with an older record of another is corrected on that alone. A tombstone therefore spreads
 * no further than the news it must stop, and dies out.
 */

import { type Digest, emptyDigest, toggled } from '../gossip/digest.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { MS } from '../time.ts';
import { incarnationMax, type Member, supersedes } from './member.ts';

export interface TableProfile {
  /** How long a tombstone is kept at least. Longer than any news, or cut, may be under way. */
  readonly departedKeptMs: number;
  /** How long a view that we send includes it. Longer than news takes to reach all. */
  readonly departedSharedMs: number;
}

/** What a record did to the view. */
export type Outcome =
  /** It was unknown or departed, and is present. */
  | 'joined'
  /** It was present, and has gone. */
  | 'left'
  /** It was present, and is at a higher incarnation. */
  | 'updated'
  /** It was not present, and now we know that it has gone. */
  | 'buried'
  /** We had this very record. */
  | 'same'
  /** We have a better record. */
  | 'stale'
  /** It said of us what is not so, and our own record now outweighs it. */
  | 'refuted'
  /** It said of us what cannot be outweighed. */
  | 'nonsense'
  /** There is no room. */
  | 'noRoom';

interface Tombstone {
  record: Member;
  readonly at: number;
  readonly wasPresent: boolean;
}

export class Table {
  readonly #profile: TableProfile;
  readonly #present = new Map<ServerId, Member>();
  /** The earliest departure first. */
  readonly #departed = new Map<ServerId, Tombstone>();
  #digest = emptyDigest;
  #self: Member;

  constructor(now: number, self: Member, profile: TableProfile) {
    this.#profile = profile;
    this.#self = self;
    this.#put(now, self);
  }

  /** Our own record, as others are to see it. */
  get self(): Member {
    return this.#self;
  }

  get digest(): Digest {
    return this.#digest;
  }

  /** How many are present. */
  get size(): number {
    return this.#present.size;
  }

  /** How many departed ones are remembered. */
  get departedCount(): number {
    return this.#departed.size;
  }

  present(id: ServerId): Member | undefined {
    return this.#present.get(id);
  }

  /** The record of a server, present or departed. */
  record(id: ServerId): Member | undefined {
    return this.#present.get(id) ?? this.#departed.get(id)?.record;
  }

  /** All that are present, in the order in which they joined. */
  members(): Iterable<Member> {
    return this.#present.values();
  }

  /** What a peer that wants our view is sent. */
  *shared(now: number): Generator<Member> {
    yield* this.#present.values();
    const since = now - this.#profile.departedSharedMs * MS;
    for (const { record, at, wasPresent } of this.#departed.values()) {
      if (wasPresent && at >= since) yield record;
    }
  }

  /** We go: from now on nothing is refuted. */
  leave(now: number): void {
    this.#self = { ...this.#self, left: true };
    this.#put(now, this.#self);
  }

  merge(now: number, record: Member): Outcome {
    return record.id === this.#self.id ? this.#refute(now, record) : this.#put(now, record);
  }

  #refute(now: number, record: Member): Outcome {
    if (!supersedes(record, this.#self)) {
      return supersedes(this.#self, record) ? 'stale' : 'same';
    }
    if (this.#self.left || record.incarnation >= incarnationMax) return 'nonsense';
    this.#self = { ...this.#self, incarnation: record.incarnation + 1 };
    this.#put(now, this.#self);
    return 'refuted';
  }

  #put(now: number, record: Member): Outcome {
    const known = this.record(record.id);
    if (known !== undefined && !supersedes(record, known)) {
      return supersedes(known, record) ? 'stale' : 'same';
    }
    if (known === undefined && this.#isFull) return 'noRoom';
    if (!record.left) {
      this.#departed.delete(record.id);
      if (known?.left === false) this.#toggle(known);
      this.#present.set(record.id, record);
      this.#toggle(record);
      return known?.left === false ? 'updated' : 'joined';
    }
    const tombstone = this.#departed.get(record.id);
    if (tombstone !== undefined) {
      tombstone.record = record;
      return 'buried';
    }
    const wasPresent = known !== undefined;
    if (wasPresent) this.#toggle(known);
    this.#present.delete(record.id);
    this.#bury(now, { record, at: now, wasPresent });
    return wasPresent ? 'left' : 'buried';
  }

  get #isFull(): boolean {
    return this.#present.size + this.#departed.size >= limits.membersMax;
  }

  #bury(now: number, tombstone: Tombstone): void {
    this.#departed.set(tombstone.record.id, tombstone);
    const forgotten = now - this.#profile.departedKeptMs * MS;
    for (const [id, { at }] of this.#departed) {
      if (at >= forgotten && this.#departed.size <= limits.departedMax) return;
      this.#departed.delete(id);
    }
  }

  #toggle(member: Member): void {
    this.#digest = toggled(this.#digest, member.id, member.incarnation);
  }
}
