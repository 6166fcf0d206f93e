/**
 * The neighbours that we watch, and how they are probed.
 *
 * When something is due for each of them stands in one array of numbers, since it is looked through
 * at each step: a machine that simulates thousands of servers has none of their watches at hand.
 * Whoever changes a watch plans it anew, or says `unplan` where it is not clear what has changed.
 */

import type { Effects } from '../effects.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import { Askers } from './askers.ts';
import type { DetectorEffect, Verdict } from './event.ts';
import type { DetectorProfile } from './profile.ts';
import { Suspicion } from './suspicion.ts';
import { Watch } from './watch.ts';

type Out = Effects<DetectorEffect>;

/** As many silent neighbours at once make us probe the others, and as many probes of each. */
const SWEEP_SUSPECTS = 2;
const SWEEP_UNANSWERED = 2;

export class Watches {
  readonly #random: Random;
  readonly #profile: DetectorProfile;
  /** neighbour => what we know of it. */
  readonly #watched = new Map<ServerId, Watch>();
  /** The same watches, the oldest first, and when something is due for each. */
  readonly #list: Watch[] = [];
  #dues: number[] = [];
  /** Whether `#dues` is right. */
  #isPlanned = true;
  readonly #dueAt: (watch: Watch) => number;
  #nextSeq: number;
  #sweptAt = Number.NEGATIVE_INFINITY;

  /** `trialDueAt`: when something is due for one that is suspected, but probes. */
  constructor(random: Random, profile: DetectorProfile, trialDueAt: (watch: Watch) => number) {
    this.#random = random;
    this.#profile = profile;
    this.#dueAt = (watch) => {
      const due = Math.min(watch.probeAt, watch.ackDue);
      return watch.suspicion === undefined ? due : Math.min(due, trialDueAt(watch));
    };
    this.#nextSeq = random.below(0x7fffffff);
  }

  get size(): number {
    return this.#watched.size;
  }

  get(peer: ServerId): Watch | undefined {
    return this.#watched.get(peer);
  }

  /** All of them, the oldest first. */
  get all(): readonly Watch[] {
    return this.#list;
  }

  /** When the first of them has something due. */
  deadline(): number {
    if (!this.#isPlanned) {
      this.#dues = this.#list.map(this.#dueAt);
      this.#isPlanned = true;
    }
    let due = NEVER;
    const dues = this.#dues;
    for (let i = 0; i < dues.length; i++) if ((dues[i] as number) < due) due = dues[i] as number;
    return due;
  }

  /** Whether something may be due by `now` for that one of the list. */
  isDue(index: number, now: number): boolean {
    return !this.#isPlanned || (this.#dues[index] as number) <= now;
  }

  /** This one alone has changed. */
  plan(watch: Watch): void {
    if (this.#isPlanned) this.#dues[this.#list.indexOf(watch)] = this.#dueAt(watch);
  }

  /** Any may have changed. */
  unplan(): void {
    this.#isPlanned = false;
  }

  /** When any that is not suspected last answered us anything. */
  get heardAt(): number {
    let at = Number.NEGATIVE_INFINITY;
    for (const { suspicion, heardAt } of this.#list) {
      if (suspicion === undefined && heardAt > at) at = heardAt;
    }
    return at;
  }

  /** How many are suspected. */
  countSuspected(): number {
    let count = 0;
    for (const { suspicion } of this.#list) if (suspicion !== undefined) count++;
    return count;
  }

  /** Of one that is not watched yet; `askers` have asked about it before. */
  add(now: number, peer: ServerId, askers: Askers | undefined): void {
    const watch = new Watch(peer, now + 1 + this.#random.below(this.#profile.firstProbeMs * MS));
    watch.askers = askers;
    this.#watched.set(peer, watch);
    this.#list.push(watch);
    this.unplan();
  }

  remove(peer: ServerId): void {
    const watch = this.#watched.get(peer);
    if (watch === undefined) return;
    this.#watched.delete(peer);
    this.#list.splice(this.#list.indexOf(watch), 1);
    this.unplan();
  }

  nextSeq(): number {
    return this.#nextSeq++;
  }

  probe(now: number, watch: Watch, out: Out): void {
    this.#send(now, watch, out);
    if (watch.suspicion === undefined) return;
    watch.askers?.tell(now, this.#verdict(now, watch), out);
    if (watch.probes.unanswered > SWEEP_UNANSWERED) this.#maySweep(now, out);
  }

  /** It missed its ack, or there is other reason to doubt it. `delay` is how late by rank we act. */
  suspect(now: number, watch: Watch, delay: number, out: Out): void {
    const wakeAt = now + this.#profile.askAfterMs * MS;
    watch.suspicion = new Suspicion(now, { delay, wakeAt });
    watch.ackDue = NEVER;
    this.probe(now, watch, out);
  }

  /** Another observer asks about it: it is told what we know, and we look. */
  asked(now: number, from: ServerId, watch: Watch, out: Out): void {
    watch.askers ??= new Askers(watch.peer, this.#profile.askerKeptMs);
    watch.askers.answer(now, from, this.#verdict(now, watch), out);
    // A probe that was sent a moment ago, for another asker, looks for this one as well.
    const { unanswered, sentAt } = watch.probes;
    const isLooking = unanswered > 0 && now - sentAt < (this.#profile.askTimeoutMs * MS) / 2;
    if (!isLooking) this.#send(now, watch, out, true);
  }

  /** Probes all that nobody suspects, but those probed within the last period. */
  sweep(now: number, out: Out): void {
    this.#sweptAt = now;
    this.unplan();
    for (const watch of this.#list) {
      const isRecent = watch.probes.sentAt > now - this.#profile.periodMs * MS;
      if (watch.suspicion === undefined && !isRecent) this.#send(now, watch, out);
    }
  }

  shift(by: number): void {
    for (const watch of this.#list) watch.shift(by);
    this.unplan();
  }

  #send(now: number, watch: Watch, out: Out, urgent = false): void {
    const isSuspected = watch.suspicion !== undefined;
    if (isSuspected) {
      watch.probeAt = now + this.#profile.suspectPeriodMs * MS;
    } else {
      watch.probeAt = NEVER;
      watch.ackDue = Math.min(watch.ackDue, now + this.#profile.ackTimeoutMs * MS);
    }
    const seq = this.nextSeq();
    watch.probes.sent(now, seq);
    out.push({ type: 'probe', peer: watch.peer, seq, urgent: urgent || isSuspected });
  }

  #verdict(now: number, watch: Watch): Verdict {
    return watch.verdict(now, this.#profile.ackTimeoutMs * MS);
  }

  /** Two that are silent may be the first of many. */
  #maySweep(now: number, out: Out): void {
    if (now < this.#sweptAt + this.#profile.sweepMs * MS) return;
    let silent = 0;
    for (const { suspicion, probes } of this.#list) {
      if (suspicion !== undefined && probes.unanswered >= SWEEP_UNANSWERED) silent++;
    }
    if (silent >= SWEEP_SUSPECTS) this.sweep(now, out);
  }
}
