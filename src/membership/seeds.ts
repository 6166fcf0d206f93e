/**
 * Joins under way. A seed is an address of which we know nothing but that a server should answer
 * there. It is dialled and asked for its view, and the join is done once the last part of that was
 * taken in: from then on we are members, whatever becomes of the seed.
 */

import { assert } from '../assert.ts';
import type { Address, ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import type { EdgeEnd, JoinFailure, MembershipEffect } from './event.ts';

export interface SeedsProfile {
  /**
   * From the dial to the end of the seed's view. Longer than the shell's dial timeout, or joins fail
   * whose dial would have told why. Longer still: who joins by a hanging seed learns of it later.
   */
  readonly joinTimeoutMs: number;
  /** Joins under way at once; more fail as busy. Bounds what a caller can make us dial. */
  readonly joinsMax: number;
}

interface Join {
  /** Who answered; undefined until somebody did. */
  peer: ServerId | undefined;
  readonly timeoutAt: number;
}

export class Seeds {
  readonly #profile: SeedsProfile;
  /** address => the join by it; the earliest first. */
  readonly #joins = new Map<Address, Join>();

  constructor(profile: SeedsProfile) {
    this.#profile = profile;
  }

  join(now: number, address: Address, out: MembershipEffect[]): void {
    if (this.#joins.has(address)) return;
    if (this.#joins.size >= this.#profile.joinsMax) {
      out.push({ type: 'seedFailed', address, reason: 'busy' });
      return;
    }
    const timeoutAt = now + this.#profile.joinTimeoutMs * MS;
    this.#joins.set(address, { peer: undefined, timeoutAt });
    out.push({ type: 'dial', address, peer: undefined });
  }

  /** An edge stands. True when it is one to a seed, which must then be asked for its view. */
  edgeUp(peer: ServerId, address: Address): boolean {
    const join = this.#joins.get(address);
    if (join === undefined || join.peer !== undefined) return false;
    join.peer = peer;
    return true;
  }

  edgeDown(peer: ServerId, reason: EdgeEnd, out: MembershipEffect[]): void {
    for (const [address, join] of this.#joins) {
      if (join.peer === peer) this.fail(address, reason, out);
    }
  }

  /** Whether we wait for the view of `peer`. */
  isSeed(peer: ServerId): boolean {
    for (const join of this.#joins.values()) if (join.peer === peer) return true;
    return false;
  }

  /** The whole view of `peer` was taken in. */
  merged(peer: ServerId, out: MembershipEffect[]): void {
    for (const [address, join] of this.#joins) {
      if (join.peer !== peer) continue;
      this.#joins.delete(address);
      out.push({ type: 'seedJoined', address });
    }
  }

  fail(address: Address, reason: JoinFailure, out: MembershipEffect[]): void {
    if (this.#joins.delete(address)) out.push({ type: 'seedFailed', address, reason });
  }

  failAll(reason: JoinFailure, out: MembershipEffect[]): void {
    for (const address of this.#joins.keys()) this.fail(address, reason, out);
    assert(this.#joins.size === 0, 'every join has an outcome');
  }

  tick(now: number, out: MembershipEffect[]): void {
    for (const [address, join] of this.#joins) {
      if (join.timeoutAt <= now) this.fail(address, 'timeout', out);
    }
  }

  deadline(): number {
    for (const join of this.#joins.values()) return join.timeoutAt;
    return NEVER;
  }
}
