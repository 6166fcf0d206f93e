/**
 * Failure detector: which of our neighbours have gone.
 *
 * Each period we probe one neighbour, in shuffled rounds, so that none waits longer than two
 * rounds (SWIM, Das et al. 2002, section 4.3). One that misses its ack, or whose edge broke, is
 * suspected: it is probed again and again, and any sign of life clears it. One that stays silent
 * for the whole suspicion time is declared gone. A dial that is refused, or answered by another
 * server, is proof, and is declared at once: the kernel of its host says that the process is gone.
 *
 * Two rules keep us from blaming others for our own trouble. When several neighbours are silent
 * and nobody else was heard meanwhile, the suspicion time doubles, several times (local health:
 * Lifeguard, Dadgar et al. 2018, section 3.1). And when we are stepped much later than we asked
 * for, this process stood still: what it did not hear meanwhile is nobody's silence, and all
 * deadlines move by the delay.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import { Rounds } from './rounds.ts';
import { type DetectorProfile, Health } from './suspicion.ts';
import { Watch } from './watch.ts';

export type DetectorEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'watch'; readonly peer: ServerId }
  | { readonly type: 'unwatch'; readonly peer: ServerId }
  /** An ack came. It counts if it answers a probe that was sent since the peer was last heard. */
  | { readonly type: 'acked'; readonly peer: ServerId; readonly seq: number }
  /** A message came on the edge, or an edge came to stand. */
  | { readonly type: 'heard'; readonly peer: ServerId }
  /** Its edge broke, or a dial got no answer. */
  | { readonly type: 'doubted'; readonly peer: ServerId }
  /** A dial was refused, or another server answered it, while no edge stood. */
  | { readonly type: 'refused'; readonly peer: ServerId };

export type DetectorEffect =
  /** `urgent`: it is suspected, so ask over the edge as well, which loses nothing. */
  | {
      readonly type: 'probe';
      readonly peer: ServerId;
      readonly seq: number;
      readonly urgent: boolean;
    }
  /** It is gone, and no longer watched. */
  | { readonly type: 'gone'; readonly peer: ServerId; readonly proof: 'refused' | 'silent' };

export class Detector {
  readonly #random: Random;
  readonly #profile: DetectorProfile;
  readonly #rounds: Rounds;
  readonly #health: Health;
  /** neighbour => what we wait for from it. */
  readonly #watched = new Map<ServerId, Watch>();
  #nextSeq: number;
  #nextProbeAt = NEVER;
  /** When somebody was last heard. */
  #heardAt: number;

  constructor(now: number, random: Random, profile: DetectorProfile) {
    this.#random = random;
    this.#profile = profile;
    this.#rounds = new Rounds(random.fork('rounds'));
    this.#health = new Health(profile);
    this.#nextSeq = random.below(0x7fffffff);
    this.#heardAt = now;
  }

  /** By how much the suspicion time is stretched now: 1, 2, 4 or 8. */
  get stretch(): number {
    return this.#health.stretch;
  }

  isSuspected(peer: ServerId): boolean {
    return this.#watched.get(peer)?.isSuspected ?? false;
  }

  step(now: number, event: DetectorEvent, out: Effects<DetectorEffect>): void {
    this.#forgive(now);
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'watch':
        this.#watch(now, event.peer);
        break;
      case 'unwatch':
        this.#unwatch(event.peer);
        break;
      case 'acked':
        if (this.#watched.get(event.peer)?.isAnswer(event.seq) === true)
          this.#hear(now, event.peer);
        break;
      case 'heard':
        this.#hear(now, event.peer);
        break;
      case 'doubted': {
        const watch = this.#watched.get(event.peer);
        if (watch?.isSuspected === false) this.#suspect(now, event.peer, watch, out);
        break;
      }
      case 'refused':
        if (this.#watched.has(event.peer)) this.#declare(event.peer, 'refused', out);
        break;
      default:
        unreachable(event);
    }
  }

  deadline(): number {
    let due = this.#nextProbeAt;
    for (const watch of this.#watched.values()) {
      const own = Math.min(watch.ackDue, watch.probeAt, this.#goneAt(watch));
      if (own < due) due = own;
    }
    return due;
  }

  /** Takes the time that this process stood still out of everybody's silence. */
  #forgive(now: number): void {
    const stall = now - this.deadline();
    if (stall <= this.#profile.stallMs * MS) return;
    this.#nextProbeAt += stall;
    for (const watch of this.#watched.values()) watch.shift(stall);
  }

  #tick(now: number, out: Effects<DetectorEffect>): void {
    for (const [peer, watch] of this.#watched) {
      if (watch.ackDue <= now) this.#suspect(now, peer, watch, out);
      else if (this.#goneAt(watch) <= now) this.#expire(now, peer, watch, out);
      else if (watch.probeAt <= now) this.#probe(now, peer, watch, out);
    }
    if (this.#nextProbeAt > now) return;
    this.#nextProbeAt += this.#profile.periodMs * MS;
    const turn = this.#rounds.next((peer) => this.#watched.get(peer)?.isSuspected === false);
    if (turn !== undefined) this.#probe(now, turn, this.#watched.get(turn) as Watch, out);
  }

  #watch(now: number, peer: ServerId): void {
    if (this.#watched.has(peer)) return;
    this.#watched.set(peer, new Watch());
    this.#rounds.add(peer);
    if (this.#nextProbeAt !== NEVER) return;
    // Not all servers that start together probe together.
    this.#nextProbeAt = now + 1 + this.#random.below(this.#profile.periodMs * MS);
  }

  #unwatch(peer: ServerId): void {
    this.#watched.delete(peer);
    this.#rounds.remove(peer);
    if (this.#watched.size === 0) this.#nextProbeAt = NEVER;
  }

  #hear(now: number, peer: ServerId): void {
    this.#heardAt = now;
    this.#watched.get(peer)?.clear();
    if (!this.#health.better()) return;
    // We were cut off, and are no longer: the silence so far was ours, and starts anew.
    for (const watch of this.#watched.values()) if (watch.isSuspected) watch.silentSince = now;
  }

  #suspect(now: number, peer: ServerId, watch: Watch, out: Effects<DetectorEffect>): void {
    watch.suspect(now);
    this.#probe(now, peer, watch, out);
  }

  #probe(now: number, peer: ServerId, watch: Watch, out: Effects<DetectorEffect>): void {
    const seq = this.#nextSeq++;
    const urgent = watch.isSuspected;
    watch.probed(seq);
    if (urgent) watch.probeAt = now + this.#profile.suspectPeriodMs * MS;
    else watch.ackDue = now + this.#profile.ackTimeoutMs * MS;
    out.push({ type: 'probe', peer, seq, urgent });
  }

  /** When a suspect that stays silent is declared; NEVER while it has not had its probes. */
  #goneAt(watch: Watch): number {
    if (watch.unanswered < this.#profile.unansweredMin) return NEVER;
    return watch.silentSince + this.#health.suspicionTime;
  }

  #expire(now: number, peer: ServerId, watch: Watch, out: Effects<DetectorEffect>): void {
    if (this.#isIsolated(watch) && this.#health.worse()) {
      if (watch.probeAt <= now) this.#probe(now, peer, watch, out);
      return;
    }
    this.#declare(peer, 'silent', out);
  }

  /** Whether several are silent, and nobody was heard since this one fell silent. */
  #isIsolated(watch: Watch): boolean {
    if (this.#heardAt >= watch.silentSince) return false;
    let silent = 0;
    for (const other of this.#watched.values()) if (other.isSuspected) silent++;
    return silent >= this.#profile.isolatedMin;
  }

  #declare(peer: ServerId, proof: 'refused' | 'silent', out: Effects<DetectorEffect>): void {
    this.#unwatch(peer);
    out.push({ type: 'gone', peer, proof });
  }
}
