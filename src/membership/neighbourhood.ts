/**
 * Our neighbours: the rings say who they are, the overlay keeps edges with them, the detector
 * watches them. What one of the three finds out is told to the others here.
 */

import { Detector } from '../detector/detector.ts';
import type { DetectorEffect, DetectorEvent } from '../detector/event.ts';
import type { Effects } from '../effects.ts';
import type { Turns } from '../gossip/announcements.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import type { Circle } from '../overlay/circle.ts';
import { Overlay, type OverlayEffect } from '../overlay/overlay.ts';
import { Rings } from '../overlay/rings.ts';
import type { DialFailure } from './event.ts';
import type { Profile } from './profile.ts';

/** To dial or hang up, to probe, to ask or to answer, or that a neighbour has gone. */
export type NeighbourhoodEffect = OverlayEffect | DetectorEffect;

export interface NeighbourhoodOptions {
  readonly self: ServerId;
  readonly random: Random;
  readonly now: number;
  readonly profile: Profile;
  /** Who is present at this moment, ourselves included. */
  readonly circle: () => Circle;
}

export class Neighbourhood {
  readonly #rings: Rings;
  readonly #overlay: Overlay;
  readonly #detector: Detector;
  /**
   * Who announces news to whom: along the first rings the one before to the one after it, since each
   * ring alone connects all servers.
   */
  readonly turns: Turns;
  /** The neighbours that overlay and detector know of. */
  #neighbours: ReadonlySet<ServerId> = new Set();
  /** Those added since the last `rewire` that had been thought gone. */
  readonly #returned = new Set<ServerId>();

  constructor({ self, random, now, profile, circle }: NeighbourhoodOptions) {
    this.#rings = new Rings(self, profile.overlay.rings, circle);
    this.#overlay = new Overlay(self, random.fork('overlay'), profile.overlay);
    this.turns = turnsOn(this.#rings, profile.spread.announceRings);
    this.#detector = new Detector({
      now,
      self,
      random: random.fork('detector'),
      profile: profile.detector,
      observersOf: (subject) => this.#rings.neighboursOf(subject),
    });
  }

  get neighbours(): ReadonlySet<ServerId> {
    return this.#neighbours;
  }

  /** The neighbours of any member, in the same order at all servers. */
  neighboursOf(id: ServerId): readonly ServerId[] {
    return this.#rings.neighboursOf(id);
  }

  /** Whether an edge with `peer` stands, wanted or not. */
  isUp(peer: ServerId): boolean {
    return this.#overlay.isUp(peer);
  }

  isSuspected(peer: ServerId): boolean {
    return this.#detector.isSuspected(peer);
  }

  /** Whether most of our neighbours answer us. */
  get isHealthy(): boolean {
    return this.#detector.isHealthy();
  }

  /** In us, to a neighbour that has answered. */
  roundTrip(peer: ServerId): number | undefined {
    return this.#detector.roundTrip(peer);
  }

  /** In how many us `prober` should probe us again. */
  turnFor(now: number, prober: ServerId): number {
    return this.#detector.turnFor(now, prober);
  }

  deadline(): number {
    return Math.min(this.#overlay.deadline(), this.#detector.deadline());
  }

  tick(now: number, out: Effects<NeighbourhoodEffect>): void {
    if (this.#detector.deadline() <= now) this.#detector.step(now, { type: 'tick' }, out);
    if (this.#overlay.deadline() <= now) this.#overlay.step(now, { type: 'tick' }, out);
  }

  /** A server is present now, maybe again. `rewire` does the rest once the whole change is known. */
  add(peer: ServerId, hasReturned: boolean): void {
    this.#rings.added(peer);
    if (hasReturned) this.#returned.add(peer);
  }

  /** All of these are present now, and were not before; maybe we ourselves are among them. */
  addAll(others: Circle, returned: readonly ServerId[]): void {
    this.#rings.addedAll(others);
    for (const peer of returned) this.#returned.add(peer);
  }

  remove(peer: ServerId): void {
    this.#rings.removed(peer);
  }

  /** Whether `rewire` has anything to do. */
  get mustRewire(): boolean {
    return this.#neighbours !== this.#rings.neighbours;
  }

  /** Takes up the neighbours that the rings have given, and lets go of those they have taken. */
  rewire(now: number, out: Effects<NeighbourhoodEffect>): void {
    const before = this.#neighbours;
    const after = this.#rings.neighbours;
    if (before === after) return;
    this.#neighbours = after;
    for (const peer of before) {
      if (after.has(peer)) continue;
      this.#detector.step(now, { type: 'unwatch', peer }, out);
      this.#overlay.step(now, { type: 'unwanted', peer }, out);
    }
    for (const peer of after) {
      if (before.has(peer)) continue;
      this.#detector.step(now, { type: 'watch', peer }, out);
      const hasReturned = this.#returned.has(peer);
      this.#overlay.step(now, { type: 'wanted', peer, hasReturned }, out);
    }
    this.#returned.clear();
  }

  edgeUp(now: number, peer: ServerId, out: Effects<NeighbourhoodEffect>): void {
    this.#overlay.step(now, { type: 'edgeUp', peer }, out);
  }

  edgeDown(now: number, peer: ServerId, out: Effects<NeighbourhoodEffect>): void {
    if (!this.#overlay.isUp(peer)) return;
    this.#overlay.step(now, { type: 'edgeDown', peer }, out);
    this.#detector.step(now, { type: 'doubted', peer }, out);
  }

  dialFailed(
    now: number,
    peer: ServerId,
    reason: DialFailure,
    out: Effects<NeighbourhoodEffect>,
  ): void {
    this.#overlay.step(now, { type: 'dialFailed', peer }, out);
    // An edge that stands meanwhile proves more than a dial that failed.
    if (this.#overlay.isUp(peer)) return;
    const isProof = reason === 'refused' || reason === 'mismatch';
    this.#detector.step(now, { type: isProof ? 'refused' : 'doubted', peer }, out);
  }

  /** What the detector alone is told: answers, questions and votes. */
  detect(now: number, event: DetectorEvent, out: Effects<NeighbourhoodEffect>): void {
    this.#detector.step(now, event, out);
  }
}

function turnsOn(rings: Rings, count: number): Turns {
  return {
    of: (peer) => {
      const side = rings.sideOf(peer, count);
      return side === 'after' ? 'first' : side === 'before' ? 'second' : 'none';
    },
    get count() {
      return rings.besides(count);
    },
  };
}
