/**
 * Failure detector: which of our neighbours have gone.
 *
 * The m observers of a server, which are its neighbours, share its probes: it is probed once a
 * period by all of them together, in turns that it hands out with its acks (see turns.ts). So a
 * death is first missed within about a period, whatever m is, and a server sends and answers one
 * probe a period, whatever n is.
 *
 * One that misses its ack, or whose edge broke, is suspected. It is probed again and again, over
 * its edge too, and any answer clears it; what it merely sends does not, since it might not hear.
 * The other observers are asked, and look for themselves. When it stays silent for the suspicion
 * time it is gone if those that cannot reach it are more than half of all its observers, or more
 * than those that can among those that answer; a tie is for it (SWIM, Das et al. 2002, section 3,
 * asks k others to probe; theirs are votes here, so that one bad link or one bad accuser ends no
 * server). A dial that is refused, or answered by another server, is the kernel's word that the
 * process has gone: it is voted on at once. Observers act by rank, one after the other, so that
 * mostly one broadcast is made for a death.
 *
 * Two rules keep us from blaming others for our own trouble. When nobody answers us anything, the
 * suspicion time doubles, several times (local health: Lifeguard, Dadgar et al. 2018, section 3.1),
 * and what is then declared is for our own use only. And when we are stepped much later than we
 * asked for, this process stood still: what it did not hear meanwhile is nobody's silence, and all
 * deadlines move by the delay.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { MS } from '../time.ts';
import { Assists } from './assists.ts';
import type { DetectorEffect, DetectorEvent } from './event.ts';
import { Health } from './health.ts';
import type { DetectorProfile } from './profile.ts';
import { Trials } from './trials.ts';
import { turnAfter } from './turns.ts';
import type { Watch } from './watch.ts';
import { Watches } from './watches.ts';

/** No turn is further away than this many periods; a wrong one would leave its giver unwatched. */
const TURN_PERIODS_MAX = 64;

export interface DetectorOptions {
  readonly now: number;
  readonly self: ServerId;
  readonly random: Random;
  readonly profile: DetectorProfile;
  /**
   * The neighbours of a present server, ourselves included when we are one, in an order which is
   * the same at every server with the same view.
   */
  readonly observersOf: (subject: ServerId) => readonly ServerId[];
}

type Out = Effects<DetectorEffect>;

/** Of one type: what it carries. */
type EventOf<Type extends DetectorEvent['type']> = Extract<DetectorEvent, { type: Type }>;

export class Detector {
  readonly #options: DetectorOptions;
  readonly #health: Health;
  readonly #watches: Watches;
  readonly #trials: Trials;
  readonly #assists: Assists;
  /** Where in a period the turns that we hand out begin: not all servers are probed together. */
  readonly #phase: number;
  /** Of the probes of one subject, in us. */
  readonly #period: number;
  /** When somebody last answered us whom we do not watch. */
  #heardAt: number;
  /** The deadline; undefined when it must be found anew. */
  #due: number | undefined;

  constructor(options: DetectorOptions) {
    const { now, random, profile } = options;
    this.#options = options;
    this.#health = new Health(profile);
    this.#period = profile.periodMs * MS;
    this.#phase = random.below(this.#period);
    this.#watches = new Watches(random, profile, (watch) => this.#trials.dueAt(watch));
    this.#trials = new Trials({ ...options, watches: this.#watches, health: this.#health });
    this.#assists = new Assists(profile, () => this.#watches.nextSeq());
    this.#heardAt = now;
  }

  /** By how much the suspicion time is stretched now: 1, 2, 4 or 8. */
  get stretch(): number {
    return this.#health.stretch;
  }

  isSuspected(peer: ServerId): boolean {
    return this.#watches.get(peer)?.suspicion !== undefined;
  }

  /**
   * Whether others may rely on what we see: more than half of those that we watch are beyond
   * suspicion, and most of what we ask is answered. False when we watch nobody though there are
   * servers that we should.
   */
  isHealthy(): boolean {
    const { size } = this.#watches;
    if (size === 0) return this.#options.observersOf(this.#options.self).length === 0;
    return this.#health.isReliable && 2 * this.#watches.countSuspected() < size;
  }

  /** Of a neighbour, in microseconds, smoothed; undefined before its first answer. */
  roundTrip(peer: ServerId): number | undefined {
    return this.#watches.get(peer)?.roundTrip;
  }

  /** In how many microseconds `prober`, whose probe of us arrived now, should probe us again. */
  turnFor(now: number, prober: ServerId): number {
    const observers = this.#options.observersOf(this.#options.self);
    return turnAfter({
      now,
      phase: this.#phase,
      period: this.#period,
      rank: observers.indexOf(prober),
      observers: observers.length,
    });
  }

  step(now: number, event: DetectorEvent, out: Out): void {
    this.#forgive(now);
    this.#due = undefined;
    if (event.type !== 'tick' && event.type !== 'acked') this.#watches.unplan();
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'watch':
        if (this.#watches.get(event.peer) !== undefined) break;
        this.#watches.add(now, event.peer, this.#assists.release(event.peer));
        break;
      case 'unwatch':
        this.#unwatch(event.peer);
        break;
      case 'acked':
        this.#acked(now, event, out);
        break;
      case 'doubted':
        this.#suspect(now, event.peer, out);
        break;
      case 'refused':
        this.#refused(now, event.peer, out);
        break;
      case 'asked':
        this.#asked(now, event, out);
        break;
      case 'voted':
        this.#voted(now, event, out);
        break;
      default:
        unreachable(event);
    }
  }

  /** What it answered while we watched it stays said. */
  #unwatch(peer: ServerId): void {
    const watch = this.#watches.get(peer);
    if (watch?.suspicion === undefined) {
      this.#heardAt = Math.max(this.#heardAt, watch?.heardAt ?? this.#heardAt);
    }
    this.#watches.remove(peer);
  }

  deadline(): number {
    this.#due ??= Math.min(this.#assists.deadline(), this.#watches.deadline());
    return this.#due;
  }

  /** Takes the time that this process stood still out of everybody's silence. */
  #forgive(now: number): void {
    const stall = now - this.deadline();
    if (stall <= this.#options.profile.stallMs * MS) return;
    // Who was heard since somebody fell silent stays so.
    this.#heardAt += stall;
    this.#watches.shift(stall);
    this.#assists.shift(stall);
  }

  #tick(now: number, out: Out): void {
    this.#assists.tick(now, out);
    const watches = this.#watches.all;
    const { length } = watches;
    for (let i = 0; i < length; i++) {
      if (!this.#watches.isDue(i, now)) continue;
      const watch = watches[i] as Watch;
      if (watch.ackDue <= now) this.#suspect(now, watch.peer, out);
      else if (watch.probeAt <= now) this.#watches.probe(now, watch, out);
      if (watch.suspicion === undefined) {
        this.#watches.plan(watch);
        continue;
      }
      this.#watches.unplan();
      this.#trials.advance(now, watch.peer, this.#lastHeardAt, out);
      // Each declaration changes who observes whom; the rest is due still, and decided by that.
      if (watches.length !== length) return;
    }
  }

  #suspect(now: number, peer: ServerId, out: Out): void {
    const watch = this.#watches.get(peer);
    if (watch === undefined || watch.suspicion !== undefined) return;
    this.#watches.suspect(now, watch, this.#trials.delayFor(peer), out);
  }

  #refused(now: number, peer: ServerId, out: Out): void {
    this.#assists.refused(now, peer, out);
    this.#suspect(now, peer, out);
    const watch = this.#watches.get(peer);
    watch?.suspicion?.refuse(now);
    watch?.askers?.tell(now, 'gone', out);
    this.#trials.advance(now, peer, this.#lastHeardAt, out);
  }

  #acked(now: number, { peer, seq, turnUs }: EventOf<'acked'>, out: Out): void {
    const watch = this.#watches.get(peer);
    if (watch === undefined) {
      if (this.#assists.acked(now, peer, seq, out)) this.#heard(now, peer);
      return;
    }
    if (watch.probes.isAnswer(seq)) {
      this.#health.answered(watch.probes.unanswered - 1);
      watch.answered(now, seq);
      watch.probeAt = now + (turnUs ?? this.#turnOf(peer));
      watch.askers?.tell(now, 'alive', out);
      this.#heard(now, peer);
    }
    // An ack that comes after the pong of the same probe still brings the turn.
    if (turnUs !== undefined && watch.probes.covers(seq)) {
      // Our probe is to arrive at that time after this one did, which is a round trip ago.
      const wait = Math.min(turnUs, TURN_PERIODS_MAX * this.#period);
      watch.probeAt = now + Math.max(0, wait - (watch.probes.roundTrip(now, seq) ?? 0));
    }
    this.#watches.plan(watch);
  }

  /** For a peer that gave us no turn: somewhere around a whole round. */
  #turnOf(peer: ServerId): number {
    const round = Math.max(1, this.#options.observersOf(peer).length) * this.#period;
    return Math.ceil(round / 2) + this.#options.random.below(round);
  }

  #asked(now: number, { subject, from, isPresent }: EventOf<'asked'>, out: Out): void {
    const { self } = this.#options;
    const watch = this.#watches.get(subject);
    if (subject === self || !isPresent) {
      const verdict = subject === self ? 'alive' : 'gone';
      out.push({ type: 'vote', to: from, subject, verdict });
    } else if (watch === undefined) {
      this.#assists.asked(now, subject, from, out);
    } else {
      this.#watches.asked(now, from, watch, out);
    }
  }

  #voted(now: number, { subject, from, verdict }: EventOf<'voted'>, out: Out): void {
    const suspicion = this.#watches.get(subject)?.suspicion;
    if (suspicion?.votes.take(now, from, verdict, this.#trials.staleAt(now)) !== true) return;
    this.#heard(now, from);
    this.#trials.voted(now, subject, suspicion, out);
  }

  /** When anybody last answered us whom we do not suspect: who does not answer now may be lost to us. */
  get #lastHeardAt(): number {
    return Math.max(this.#heardAt, this.#watches.heardAt);
  }

  /** Somebody answered us something: if we were cut off, we are no longer. */
  #heard(now: number, from: ServerId): void {
    const watch = this.#watches.get(from);
    // What a suspect says of others, it may say unasked: it is no reason to believe it gone itself.
    if (watch?.suspicion !== undefined) return;
    if (watch === undefined) this.#heardAt = now;
    else watch.heardAt = now;
    if (!this.#health.better()) return;
    // The silence so far was ours, and starts anew.
    for (const { suspicion } of this.#watches.all) suspicion?.restart(now);
    this.#watches.unplan();
  }
}
