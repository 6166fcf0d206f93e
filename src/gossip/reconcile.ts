/**
 * When views are compared in full, asked for, and given.
 *
 * Peers compare digests all the time; these differ whenever news is on its way, and under churn
 * that is nearly always between some two servers. What is told apart here is news that is late from
 * news that was lost. A digest is the exclusive or of its members, and so the exclusive or of two
 * digests is that of the members on which the two servers differ, whoever else is there: the
 * *difference*. News on its way is in the difference for milliseconds. What one of the two has
 * missed is in it until repaired, and then two looks see the same difference whenever nothing else
 * happens to be on its way at either.
 *
 * So a difference is looked at again over the edge after `confirmMs`, and then every `recheckMs`.
 * No difference: all is well. The same as at any earlier look, and not 0: it is confirmed, since what
 * is on its way now is not what was on its way then. A new one each time: either other
 * news each time, or the peer misses more and more. At the last of `LOOKS` it counts as confirmed as
 * well, so that nothing need ever be quiet for a repair: it begins at the latest confirmMs +
 * (LOOKS - 2) x recheckMs after the first look, 2 s with the LAN profile, whatever the churn.
 * That news alone makes all looks differ is rare: were it under way between two servers half of
 * the time, once in 32 times; really it is one part in ten. It would cost a summary, no more.
 *
 * A confirmed difference makes us send a summary, at a bounded rate in all and to each peer; when it
 * is not its turn, the difference is kept and looked at again by then. Answers are given at a
 * bounded rate to each peer, if late. Joining servers that ask at about the same time are given
 * the view together, so that it is encoded once; the first of them at once.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import { type Digest, sameDigest } from './digest.ts';
import type { ReconcileProfile } from './profile.ts';

export type ReconcileEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'edgeUp'; readonly peer: ServerId }
  | { readonly type: 'edgeDown'; readonly peer: ServerId }
  /** A peer's digest, and ours. `confirming`: it answers our `compare`. */
  | {
      readonly type: 'digest';
      readonly peer: ServerId;
      readonly theirs: Digest;
      readonly ours: Digest;
      readonly confirming: boolean;
    }
  /** The peer sent us its summary. */
  | { readonly type: 'summarised'; readonly peer: ServerId }
  /** A joining peer wants our view. */
  | { readonly type: 'asked'; readonly peer: ServerId };

export type ReconcileEffect =
  /** Ask the peer for its digest over the edge. */
  | { readonly type: 'compare'; readonly peer: ServerId }
  /** Send the peer a summary of our view. */
  | { readonly type: 'summarise'; readonly peer: ServerId }
  /** Answer the last summary of the peer. */
  | { readonly type: 'differ'; readonly peer: ServerId }
  /** Send all of these our view, encoded once. */
  | { readonly type: 'view'; readonly peers: readonly ServerId[] };

/** Looks at a difference until it is confirmed though it is never the same. */
const LOOKS = 6;

/** What we remember of a peer with an edge. */
interface Edge {
  summarisedAt: number;
  differedAt: number;
  viewedAt: number;
}

/** A difference from a peer. */
interface Doubt {
  /** What was seen, the first first; less than LOOKS. */
  readonly seen: Digest[];
  /** When to ask again, if no answer came meanwhile. */
  lookAt: number;
  isAsked: boolean;
}

export class Reconcile {
  readonly #profile: ReconcileProfile;
  readonly #edges = new Map<ServerId, Edge>();
  /** peer whose digest differs => how. Few at a time: no more than there are edges. */
  readonly #doubts = new Map<ServerId, Doubt>();
  /** peer whose summary waits => when it is answered. */
  readonly #differs = new Map<ServerId, number>();
  /** peer that waits for our view => when it may have it. */
  readonly #views = new Map<ServerId, number>();
  #summarisedAt = -NEVER;
  #viewedAt = -NEVER;
  /** The earliest moment in the three maps. */
  #dueAt = NEVER;

  constructor(profile: ReconcileProfile) {
    this.#profile = profile;
  }

  step(now: number, event: ReconcileEvent, out: Effects<ReconcileEffect>): void {
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'edgeUp':
        this.#edgeUp(event.peer);
        break;
      case 'edgeDown':
        this.#edgeDown(event.peer);
        break;
      case 'digest':
        this.#compare(now, event, out);
        break;
      case 'summarised':
        this.#summarised(now, event.peer, out);
        break;
      case 'asked':
        this.#asked(now, event.peer, out);
        break;
      default:
        unreachable(event);
    }
  }

  /** Whether there is a difference: then a digest that is equal to ours is news. */
  get isDoubting(): boolean {
    return this.#doubts.size > 0;
  }

  deadline(): number {
    return this.#dueAt;
  }

  #tick(now: number, out: Effects<ReconcileEffect>): void {
    if (now < this.#dueAt) return;
    for (const [peer, doubt] of this.#doubts) {
      if (doubt.lookAt > now) continue;
      doubt.lookAt = now + this.#profile.confirmMs * MS;
      doubt.isAsked = true;
      out.push({ type: 'compare', peer });
    }
    for (const [peer, at] of this.#differs) if (at <= now) this.#differ(now, peer, out);
    this.#giveViews(now, out);
    this.#plan();
  }

  #edgeUp(peer: ServerId): void {
    if (this.#edges.has(peer)) return;
    this.#edges.set(peer, { summarisedAt: -NEVER, differedAt: -NEVER, viewedAt: -NEVER });
  }

  #edgeDown(peer: ServerId): void {
    this.#edges.delete(peer);
    this.#doubts.delete(peer);
    this.#differs.delete(peer);
    this.#views.delete(peer);
    this.#plan();
  }

  #compare(
    now: number,
    event: { peer: ServerId; theirs: Digest; ours: Digest; confirming: boolean },
    out: Effects<ReconcileEffect>,
  ): void {
    const { peer, theirs, ours, confirming } = event;
    const doubt = this.#doubts.get(peer);
    if (sameDigest(theirs, ours)) {
      if (doubt === undefined) return;
      this.#doubts.delete(peer);
      this.#plan();
    } else if (doubt === undefined) {
      if (!this.#edges.has(peer)) return;
      const lookAt = now + this.#profile.confirmMs * MS;
      this.#doubts.set(peer, { seen: [difference(theirs, ours)], lookAt, isAsked: false });
      this.#dueAt = Math.min(this.#dueAt, lookAt);
    } else if (confirming && doubt.isAsked) {
      // What comes unasked may be old, or come twice, and so confirms nothing.
      this.#look(now, { peer, doubt, seen: difference(theirs, ours) }, out);
    }
  }

  #look(
    now: number,
    { peer, doubt, seen }: { peer: ServerId; doubt: Doubt; seen: Digest },
    out: Effects<ReconcileEffect>,
  ): void {
    const { exchangeMs, peerExchangeMs, recheckMs } = this.#profile;
    const isSame = doubt.seen.some((earlier) => sameDigest(earlier, seen));
    if (!isSame && doubt.seen.length < LOOKS - 1) {
      doubt.seen.push(seen);
      this.#lookAgain(doubt, now + recheckMs * MS);
      return;
    }
    const edge = this.#edges.get(peer) as Edge;
    const turnAt = Math.max(
      this.#summarisedAt + exchangeMs * MS,
      edge.summarisedAt + peerExchangeMs * MS,
    );
    if (turnAt > now) {
      this.#lookAgain(doubt, turnAt);
      return;
    }
    this.#doubts.delete(peer);
    this.#summarisedAt = now;
    edge.summarisedAt = now;
    out.push({ type: 'summarise', peer });
  }

  #lookAgain(doubt: Doubt, at: number): void {
    doubt.lookAt = at;
    doubt.isAsked = false;
    this.#dueAt = Math.min(this.#dueAt, at);
  }

  #summarised(now: number, peer: ServerId, out: Effects<ReconcileEffect>): void {
    const edge = this.#edges.get(peer);
    if (edge === undefined) return;
    // The views become equal: sending our own summary as well would gain nothing.
    this.#doubts.delete(peer);
    edge.summarisedAt = now;
    if (!this.#differs.has(peer)) {
      const at = edge.differedAt + this.#profile.peerAnswerMs * MS;
      if (at <= now) this.#differ(now, peer, out);
      else this.#differs.set(peer, at);
    }
    this.#plan();
  }

  #differ(now: number, peer: ServerId, out: Effects<ReconcileEffect>): void {
    this.#differs.delete(peer);
    (this.#edges.get(peer) as Edge).differedAt = now;
    out.push({ type: 'differ', peer });
  }

  #asked(now: number, peer: ServerId, out: Effects<ReconcileEffect>): void {
    const edge = this.#edges.get(peer);
    if (edge === undefined || this.#views.has(peer)) return;
    const { answerMs, peerAnswerMs } = this.#profile;
    const at = Math.max(now, this.#viewedAt + answerMs * MS, edge.viewedAt + peerAnswerMs * MS);
    this.#views.set(peer, at);
    if (at <= now) this.#giveViews(now, out);
    this.#plan();
  }

  #giveViews(now: number, out: Effects<ReconcileEffect>): void {
    const peers: ServerId[] = [];
    for (const [peer, at] of this.#views) if (at <= now) peers.push(peer);
    if (peers.length === 0) return;
    this.#viewedAt = now;
    for (const peer of peers) {
      this.#views.delete(peer);
      (this.#edges.get(peer) as Edge).viewedAt = now;
    }
    out.push({ type: 'view', peers });
  }

  #plan(): void {
    let due = NEVER;
    for (const { lookAt } of this.#doubts.values()) if (lookAt < due) due = lookAt;
    for (const at of this.#differs.values()) if (at < due) due = at;
    for (const at of this.#views.values()) if (at < due) due = at;
    this.#dueAt = due;
  }
}

/** The digest of the members on which the two views differ. */
function difference(a: Digest, b: Digest): Digest {
  return { high: (a.high ^ b.high) >>> 0, low: (a.low ^ b.low) >>> 0 };
}
