/**
 * The view: who is present, who has gone, and the digest of it.
 *
 * Our own record is in it too. What others say of us never becomes that record: when they say that
 * we have gone, it is for `raise` to outweigh it. An incarnation that we never had is a lie.
 *
 * A departed server leaves a tombstone, so that old news of its presence does not bring it back.
 * Tombstones are kept for a while, those of servers that merely fell silent longer: they may come
 * back, and are tried again. The oldest go first when there are too many.
 */

import type { Digest } from '../gossip/digest.ts';
import { supersedes } from '../gossip/news.ts';
import type { Random } from '../host/random.ts';
import type { Address, ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { MS } from '../time.ts';
import type { Batch } from './batch.ts';
import { incarnationMax, type Member } from './member.ts';
import { View } from './view.ts';

export interface TableProfile {
  /**
   * How long a tombstone is kept at least. Longer than news, or what a server believes that stood
   * still, may be under way: older records are verified, so it need not be for ever. Longer costs
   * memory, about 100 bytes each.
   */
  readonly departedKeptMs: number;
  /** The same for one that fell silent: longer than any partition that is to heal by itself. */
  readonly silentKeptMs: number;
  /** For how long a difference of views is explained by a departure. Longer than news spreads. */
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
  /** It says of us what is not so. */
  | 'accused'
  /** It says of us what nobody can know, or we cannot outweigh. */
  | 'nonsense'
  /** There is no room. */
  | 'noRoom';

/** What became of a batch. */
export interface Adopted {
  readonly joined: readonly Member[];
  readonly rest: readonly Member[];
}

interface Tombstone {
  readonly record: Member;
  readonly at: number;
  /** Whether we saw it present; we do not tell of others. */
  readonly wasPresent: boolean;
}

export class Table {
  readonly #profile: TableProfile;
  #view = View.empty;
  /** Those that will not come back; the earliest departure first. */
  readonly #final = new Map<ServerId, Tombstone>();
  /** Those that may; the earliest departure first. */
  readonly #silent = new Map<ServerId, Tombstone>();
  /** Where the silent ones were. */
  readonly #silentAt = new Map<Address, ServerId>();
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
    return this.#view.digest;
  }

  /** How many are present. */
  get size(): number {
    return this.#view.size;
  }

  /** How many departed ones are remembered. */
  get departedCount(): number {
    return this.#final.size + this.#silent.size;
  }

  /** How many of those fell silent. */
  get silentCount(): number {
    return this.#silent.size;
  }

  /** Who is present, at this moment. */
  get view(): View {
    return this.#view;
  }

  present(id: ServerId): Member | undefined {
    return this.#view.get(id);
  }

  /** The record of a server, present or departed. */
  record(id: ServerId): Member | undefined {
    return this.#view.get(id) ?? this.#tombstone(id)?.record;
  }

  /** Who is first in an order that is the same for all who have the same view. */
  get first(): Member | undefined {
    for (const member of this.members()) return member;
    return undefined;
  }

  /** All that are present, in an order that is the same for everybody. */
  members(): Iterable<Member> {
    return this.#view.members();
  }

  /** What explains our view to a peer that sees another: members, and departures. */
  *explained(now: number): Generator<Member> {
    yield* this.#view.members();
    for (const { record } of this.#silent.values()) yield record;
    const since = now - this.#profile.departedSharedMs * MS;
    for (const { record, at, wasPresent } of this.#final.values()) {
      if (wasPresent && at >= since) yield record;
    }
  }

  /** One of those that fell silent, by chance, and when it did. */
  anySilent(random: Random): { readonly record: Member; readonly at: number } | undefined {
    if (this.#silent.size === 0) return undefined;
    let skip = random.below(this.#silent.size);
    for (const tombstone of this.#silent.values()) if (skip-- === 0) return tombstone;
    return undefined;
  }

  /** Another server is now where that silent one was: it will not come back. */
  replaced(now: number, id: ServerId): void {
    const tombstone = this.#silent.get(id);
    if (tombstone === undefined) return;
    this.#unbury(id);
    this.#bury(now, { ...tombstone, record: { ...tombstone.record, final: true } });
  }

  /** We go: from now on nothing is outweighed. */
  leave(now: number): void {
    this.#self = { ...this.#self, left: true, final: true };
    this.#put(now, this.#self);
  }

  /** Our incarnation rises, above that at which we were declared gone. */
  raise(now: number): void {
    this.#self = { ...this.#self, incarnation: this.#self.incarnation + 1 };
    this.#put(now, this.#self);
  }

  merge(now: number, record: Member): Outcome {
    return record.id === this.#self.id ? this.#ofUs(record) : this.#put(now, record);
  }

  /**
   * Takes in those of a batch of whom nothing was known, as if each had joined, and returns the other
   * records, which are to be merged. Undefined, and nothing is done, when all of them are.
   */
  adopt({ view, members, rest }: Batch): Adopted | undefined {
    if (this.departedCount > 0 || this.size + members.length > limits.membersMax) return undefined;
    const both = this.#view.and(view);
    if (both.size === this.size + members.length) {
      this.#view = both;
      return { joined: members, rest };
    }
    const joined: Member[] = [];
    const known: Member[] = [];
    for (const member of members) (this.#view.has(member.id) ? known : joined).push(member);
    this.#view = both;
    return { joined, rest: [...known, ...rest] };
  }

  #ofUs(record: Member): Outcome {
    if (!supersedes(record, this.#self)) {
      return supersedes(this.#self, record) ? 'stale' : 'same';
    }
    const { left, incarnation } = this.#self;
    if (left || record.incarnation > incarnation || incarnation >= incarnationMax)
      return 'nonsense';
    return 'accused';
  }

  #put(now: number, record: Member): Outcome {
    const present = this.#view.get(record.id);
    const tombstone = present === undefined ? this.#tombstone(record.id) : undefined;
    const known = present ?? tombstone?.record;
    if (known !== undefined && !supersedes(record, known)) {
      return supersedes(known, record) ? 'stale' : 'same';
    }
    if (known === undefined && this.#isFull) return 'noRoom';
    if (!record.left) {
      if (tombstone !== undefined) this.#unbury(record.id);
      this.#view = this.#view.with(record);
      const before = this.#silentAt.get(record.address);
      if (before !== undefined) this.replaced(now, before);
      return present === undefined ? 'joined' : 'updated';
    }
    if (tombstone !== undefined) {
      this.#unbury(record.id);
      this.#bury(now, { ...tombstone, record });
      return 'buried';
    }
    this.#view = this.#view.with(record);
    this.#bury(now, { record, at: now, wasPresent: present !== undefined });
    return present === undefined ? 'buried' : 'left';
  }

  get #isFull(): boolean {
    return this.#view.size + this.departedCount >= limits.membersMax;
  }

  #tombstone(id: ServerId): Tombstone | undefined {
    if (this.departedCount === 0) return undefined;
    return this.#final.get(id) ?? this.#silent.get(id);
  }

  #bury(now: number, tombstone: Tombstone): void {
    const { record } = tombstone;
    if (record.final) {
      this.#final.set(record.id, tombstone);
    } else {
      this.#silent.set(record.id, tombstone);
      this.#silentAt.set(record.address, record.id);
    }
    this.#forget(this.#final, now - this.#profile.departedKeptMs * MS);
    this.#forget(this.#silent, now - this.#profile.silentKeptMs * MS);
  }

  #forget(tombstones: Map<ServerId, Tombstone>, before: number): void {
    for (const [id, { at }] of tombstones) {
      if (at >= before && tombstones.size <= limits.departedMax) return;
      this.#unbury(id);
    }
  }

  #unbury(id: ServerId): void {
    const silent = this.#silent.get(id);
    this.#silent.delete(id);
    this.#final.delete(id);
    const address = silent?.record.address;
    if (address !== undefined && this.#silentAt.get(address) === id) this.#silentAt.delete(address);
  }
}
