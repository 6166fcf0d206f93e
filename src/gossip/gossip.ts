/**
 * Spreading news, and noticing that some was lost.
 *
 * What changed the view is sent over every edge but those it came from, in batches: one message
 * per edge and delay, however much there is to tell. A subject that is heard from several edges
 * within the delay goes back to none of them. Flooding over an expander reaches all in
 * O(log n) hops, and survives any loss that leaves the graph in one piece.
 *
 * News may be lost when an edge breaks. Peers therefore compare digests; when those differ, the
 * peer is asked again over the edge after a delay in which news on its way arrives, and if they
 * differ still, the views are exchanged: at most once a second, and more seldom per peer. Peers
 * that ask us get our view at a bounded rate as well, if late.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import { type Digest, sameDigest } from './digest.ts';

export interface GossipProfile {
  /** How long news waits for more. Shorter: told sooner. Longer: fewer, larger messages. */
  readonly batchMs: number;
  /** How long digests may differ. At least a few times the time that news takes to reach all. */
  readonly confirmMs: number;
  /** Between two exchanges of this server. Bounds what churn can make us send: a view a second. */
  readonly exchangeMs: number;
  /** Between two exchanges with the same peer. */
  readonly peerExchangeMs: number;
  /** Between two answers to the same peer. Bounds what a peer can make us send. */
  readonly answerMs: number;
}

export type GossipEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'edgeUp'; readonly peer: ServerId }
  | { readonly type: 'edgeDown'; readonly peer: ServerId }
  /** Our record of `subject` changed; `from` told us, unless we found out ourselves. */
  | { readonly type: 'changed'; readonly subject: ServerId; readonly from: ServerId | undefined }
  /** `from` told us of `subject` what we knew already. */
  | { readonly type: 'repeated'; readonly subject: ServerId; readonly from: ServerId }
  /** A peer's digest, and ours. `confirming`: it answers our `compare`. */
  | {
      readonly type: 'digest';
      readonly peer: ServerId;
      readonly theirs: Digest;
      readonly ours: Digest;
      readonly confirming: boolean;
    }
  /** The peer sent its view, and wants ours. */
  | { readonly type: 'asked'; readonly peer: ServerId }
  /** Send what waits, now. */
  | { readonly type: 'flush' };

export type GossipEffect =
  /** Tell the peer what we know of these. Edges that get the same list get the same array. */
  | { readonly type: 'news'; readonly peer: ServerId; readonly subjects: readonly ServerId[] }
  /** Ask the peer for its digest over the edge. */
  | { readonly type: 'compare'; readonly peer: ServerId }
  /** Send the peer our view, and ask for its own. */
  | { readonly type: 'exchange'; readonly peer: ServerId }
  /** Send the peer our view. */
  | { readonly type: 'answer'; readonly peer: ServerId };

/** What we remember of a peer with an edge. */
interface Edge {
  exchangedAt: number;
  answeredAt: number;
}

export class Gossip {
  readonly #profile: GossipProfile;
  /** Every peer that news is sent to. */
  readonly #edges = new Map<ServerId, Edge>();
  /** subject to tell of => the peers that know. */
  readonly #news = new Map<ServerId, Set<ServerId>>();
  #flushAt = NEVER;
  /** peer whose digest differs => when to ask again; the earliest first. */
  readonly #differing = new Map<ServerId, number>();
  /** Peers that were asked again and have not answered yet. */
  readonly #compared = new Set<ServerId>();
  /** peer that waits for our view => when it gets it. Hardly ever anybody. */
  readonly #owed = new Map<ServerId, number>();
  #exchangedAt = -NEVER;

  constructor(profile: GossipProfile) {
    this.#profile = profile;
  }

  /** How many edges news goes over. */
  get degree(): number {
    return this.#edges.size;
  }

  step(now: number, event: GossipEvent, out: Effects<GossipEffect>): void {
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'edgeUp':
        if (!this.#edges.has(event.peer)) {
          this.#edges.set(event.peer, { exchangedAt: -NEVER, answeredAt: -NEVER });
        }
        break;
      case 'edgeDown':
        this.#edges.delete(event.peer);
        this.#differing.delete(event.peer);
        this.#compared.delete(event.peer);
        this.#owed.delete(event.peer);
        break;
      case 'changed':
        this.#news.set(event.subject, new Set(event.from === undefined ? [] : [event.from]));
        if (this.#flushAt === NEVER) this.#flushAt = now + this.#profile.batchMs * MS;
        break;
      case 'repeated':
        this.#news.get(event.subject)?.add(event.from);
        break;
      case 'digest':
        this.#compare(now, event, out);
        break;
      case 'asked':
        this.#asked(now, event.peer, out);
        break;
      case 'flush':
        this.#flush(out);
        break;
      default:
        unreachable(event);
    }
  }

  deadline(): number {
    let due = this.#flushAt;
    for (const answerAt of this.#owed.values()) due = Math.min(due, answerAt);
    for (const confirmAt of this.#differing.values()) return Math.min(due, confirmAt);
    return due;
  }

  #tick(now: number, out: Effects<GossipEffect>): void {
    if (this.#flushAt <= now) this.#flush(out);
    for (const [peer, confirmAt] of this.#differing) {
      if (confirmAt > now) break;
      this.#differing.delete(peer);
      this.#compared.add(peer);
      out.push({ type: 'compare', peer });
    }
    for (const [peer, answerAt] of this.#owed) {
      if (answerAt <= now) this.#answer(now, peer, out);
    }
  }

  #flush(out: Effects<GossipEffect>): void {
    this.#flushAt = NEVER;
    if (this.#news.size === 0) return;
    const all = [...this.#news.keys()];
    const informed = new Set<ServerId>();
    for (const knowing of this.#news.values()) for (const peer of knowing) informed.add(peer);
    for (const peer of this.#edges.keys()) {
      const subjects = informed.has(peer) ? this.#unknownTo(peer) : all;
      if (subjects.length > 0) out.push({ type: 'news', peer, subjects });
    }
    this.#news.clear();
  }

  #unknownTo(peer: ServerId): ServerId[] {
    const subjects: ServerId[] = [];
    for (const [subject, knowing] of this.#news) if (!knowing.has(peer)) subjects.push(subject);
    return subjects;
  }

  #compare(
    now: number,
    event: { peer: ServerId; theirs: Digest; ours: Digest; confirming: boolean },
    out: Effects<GossipEffect>,
  ): void {
    const edge = this.#edges.get(event.peer);
    if (edge === undefined) return;
    const isConfirmed = event.confirming && this.#compared.delete(event.peer);
    if (sameDigest(event.theirs, event.ours)) {
      this.#differing.delete(event.peer);
    } else if (!isConfirmed) {
      if (this.#differing.has(event.peer)) return;
      this.#differing.set(event.peer, now + this.#profile.confirmMs * MS);
    } else if (
      now >= this.#exchangedAt + this.#profile.exchangeMs * MS &&
      now >= edge.exchangedAt + this.#profile.peerExchangeMs * MS
    ) {
      this.#exchangedAt = now;
      edge.exchangedAt = now;
      out.push({ type: 'exchange', peer: event.peer });
    }
  }

  #asked(now: number, peer: ServerId, out: Effects<GossipEffect>): void {
    const edge = this.#edges.get(peer);
    if (edge === undefined || this.#owed.has(peer)) return;
    // The views become equal: asking for the other one as well would gain nothing.
    edge.exchangedAt = now;
    this.#differing.delete(peer);
    const answerAt = edge.answeredAt + this.#profile.answerMs * MS;
    if (answerAt <= now) this.#answer(now, peer, out);
    else this.#owed.set(peer, answerAt);
  }

  #answer(now: number, peer: ServerId, out: Effects<GossipEffect>): void {
    this.#owed.delete(peer);
    (this.#edges.get(peer) as Edge).answeredAt = now;
    out.push({ type: 'answer', peer });
  }
}
