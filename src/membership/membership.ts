import type { Digest } from '../gossip/digest.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import type { MembershipEffect, MembershipEvent } from './event.ts';
import type { Member } from './member.ts';
import type { Profile } from './profile.ts';

export interface MembershipOptions {
  /** The record of this server, at incarnation 0. */
  readonly self: Member;
  readonly random: Random;
  readonly now: number;
  readonly profile?: Profile;
}

/** Who is present. Final signatures; the inside follows. */
export declare class Membership {
  constructor(options: MembershipOptions);
  /** Takes what happened, and appends to `out` what is to be done, in this order. */
  step(now: number, event: MembershipEvent, out: MembershipEffect[]): void;
  /** When the next `tick` is due; NEVER when there is nothing to wait for. */
  deadline(): number;
  /** Our own record as others are to see it. */
  get self(): Member;
  /** The live members, this server among them. */
  members(): Iterable<Member>;
  /** How many `members()` gives. */
  get size(): number;
  has(id: ServerId): boolean;
  lookup(id: ServerId): Member | 'departed' | undefined;
  neighbours(): readonly ServerId[];
  get digest(): Digest;
  get counters(): Readonly<Counters>;
}

export interface Counters {
  [name: string]: number;
}
