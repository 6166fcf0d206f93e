/**
 * The edges of this server: which to dial, which to keep, which to hang up.
 *
 * Of two neighbours the one with the smaller id dials. The other one dials too when no edge stands
 * after a while, because the first may not know of it yet, or not reach it; at once when the first
 * was thought gone, and may hold the old edge for one that stands. An edge that breaks is
 * redialled by both at once: whether that is refused is what the detector wants to know. Failed
 * dials are repeated with growing, jittered pauses for as long as the peer is wanted.
 *
 * An edge to a server that is not a neighbour stands for a while before it is hung up: a joining
 * server gets its news through it, two views that differ for a moment do not tear edges down and
 * build them up again, and a server that was wrongly declared gone learns of it there.
 */

import { assert, unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';

export interface OverlayProfile {
  /** K. Degree is 2K; traffic and resilience grow with it. At 5, half may go and 99.9 % stay one. */
  readonly rings: number;
  /** Before the larger id dials too. Shorter: more pairs dial twice. Longer: gaps last longer. */
  readonly secondDialMs: number;
  /** How long an edge to no neighbour stands. Shorter: edges thrash. Longer: a seed floods to more. */
  readonly lingerMs: number;
  /** The pause after the first failed dial; it doubles from there. Shorter: dead hosts cost more. */
  readonly redialMs: number;
  /** The longest pause. Longer: a neighbour that returns after a cut is found later. */
  readonly redialMaxMs: number;
  /** An edge that breaks sooner, twice in a row, waits like a failed dial: no spinning at odds. */
  readonly stableMs: number;
}

export type OverlayEvent =
  | { readonly type: 'tick' }
  /** `hasReturned`: it was thought gone, and may not know that we have closed our edge with it. */
  | { readonly type: 'wanted'; readonly peer: ServerId; readonly hasReturned?: boolean }
  | { readonly type: 'unwanted'; readonly peer: ServerId }
  | { readonly type: 'edgeUp'; readonly peer: ServerId }
  | { readonly type: 'edgeDown'; readonly peer: ServerId }
  | { readonly type: 'dialFailed'; readonly peer: ServerId };

export type OverlayEffect =
  | { readonly type: 'dial'; readonly peer: ServerId }
  /** The edge counts as down from here on. */
  | { readonly type: 'hangUp'; readonly peer: ServerId };

/** An edge that we want. */
interface Edge {
  upAt: number | undefined;
  dialling: boolean;
  dialAt: number;
  failures: number;
}

export class Overlay {
  readonly #self: ServerId;
  readonly #random: Random;
  readonly #profile: OverlayProfile;
  /** neighbour => its edge, standing or not. */
  readonly #wanted = new Map<ServerId, Edge>();
  /** other peer with an edge => when to hang up; the earliest first, since all stand as long. */
  readonly #lingering = new Map<ServerId, number>();
  /** The deadline; undefined when it must be found anew. */
  #due: number | undefined;

  constructor(self: ServerId, random: Random, profile: OverlayProfile) {
    this.#self = self;
    this.#random = random;
    this.#profile = profile;
  }

  isUp(peer: ServerId): boolean {
    return this.#wanted.get(peer)?.upAt !== undefined || this.#lingering.has(peer);
  }

  step(now: number, event: OverlayEvent, out: Effects<OverlayEffect>): void {
    this.#due = undefined;
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'wanted':
        this.#want(now, event.peer, event.hasReturned === true, out);
        break;
      case 'unwanted':
        this.#unwant(now, event.peer);
        break;
      case 'edgeUp':
        this.#edgeUp(now, event.peer);
        break;
      case 'edgeDown':
        this.#edgeDown(now, event.peer, out);
        break;
      case 'dialFailed': {
        const edge = this.#wanted.get(event.peer);
        if (edge !== undefined) this.#failed(now, edge);
        break;
      }
      default:
        unreachable(event);
    }
  }

  deadline(): number {
    this.#due ??= this.#firstDue();
    return this.#due;
  }

  #firstDue(): number {
    let due = NEVER;
    for (const edge of this.#wanted.values()) if (edge.dialAt < due) due = edge.dialAt;
    for (const hangUpAt of this.#lingering.values()) return Math.min(due, hangUpAt);
    return due;
  }

  #tick(now: number, out: Effects<OverlayEffect>): void {
    for (const [peer, edge] of this.#wanted) if (edge.dialAt <= now) this.#dial(peer, edge, out);
    for (const [peer, hangUpAt] of this.#lingering) {
      if (hangUpAt > now) break;
      this.#lingering.delete(peer);
      out.push({ type: 'hangUp', peer });
    }
  }

  #want(now: number, peer: ServerId, hasReturned: boolean, out: Effects<OverlayEffect>): void {
    assert(!this.#wanted.has(peer), 'a neighbour becomes wanted once');
    const upAt = this.#lingering.delete(peer) ? now : undefined;
    const edge: Edge = { upAt, dialling: false, dialAt: NEVER, failures: 0 };
    this.#wanted.set(peer, edge);
    if (upAt !== undefined) return;
    if (this.#self < peer || hasReturned) this.#dial(peer, edge, out);
    else edge.dialAt = now + this.#profile.secondDialMs * MS;
  }

  #unwant(now: number, peer: ServerId): void {
    const edge = this.#wanted.get(peer);
    assert(edge !== undefined, 'only a wanted neighbour becomes unwanted');
    this.#wanted.delete(peer);
    if (edge.upAt !== undefined) this.#lingering.set(peer, now + this.#profile.lingerMs * MS);
  }

  #edgeUp(now: number, peer: ServerId): void {
    const edge = this.#wanted.get(peer);
    if (edge === undefined) {
      if (!this.#lingering.has(peer)) {
        this.#lingering.set(peer, now + this.#profile.lingerMs * MS);
      }
      return;
    }
    edge.upAt ??= now;
    edge.dialling = false;
    edge.dialAt = NEVER;
  }

  #edgeDown(now: number, peer: ServerId, out: Effects<OverlayEffect>): void {
    const edge = this.#wanted.get(peer);
    if (edge === undefined) {
      this.#lingering.delete(peer);
      return;
    }
    if (edge.upAt === undefined) return;
    const stood = now - edge.upAt;
    edge.upAt = undefined;
    if (stood >= this.#profile.stableMs * MS) edge.failures = 0;
    if (edge.failures > 0) {
      this.#failed(now, edge);
      return;
    }
    edge.failures = 1;
    if (!edge.dialling) this.#dial(peer, edge, out);
  }

  #dial(peer: ServerId, edge: Edge, out: Effects<OverlayEffect>): void {
    edge.dialling = true;
    edge.dialAt = NEVER;
    out.push({ type: 'dial', peer });
  }

  #failed(now: number, edge: Edge): void {
    edge.dialling = false;
    if (edge.upAt !== undefined) return;
    const { redialMs, redialMaxMs } = this.#profile;
    const pause = Math.min(redialMaxMs, redialMs * 2 ** Math.min(edge.failures, 16));
    edge.failures++;
    edge.dialAt = now + Math.round(pause * (0.5 + this.#random.float() / 2) * MS);
  }
}
