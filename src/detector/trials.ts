/**
 * What becomes of suspects: when the other observers are asked, and what their votes amount to.
 *
 * We vote against it ourselves. It is gone when more than half of its observers do; or, once the
 * votes have had their time to come, more of those that answered do than say that it is alive. In
 * a tie, or outvoted, it stays, and is decided on again after another suspicion time.
 *
 * Our own vote is not enough while it is the only one against it: the others are asked some more
 * times, since one that loses most of what it is sent must not accuse by what it happened to miss.
 * If they answer and none of them comes to agree, it stays. They are asked as often where some said
 * that it is alive, and those that have not answered could make it a tie: theirs may be late or lost.
 *
 * When none of them answers, what counts is whether anybody whom we do not suspect by now answered us
 * anything since it fell silent. If so, they are gone as well, or cannot be reached: our word stands.
 * If not, or if we lose most of what those that live answer, so that votes for it may be lost as well,
 * the fault is most likely ours: the suspicion time doubles, and after the last doubling our word is
 * for our own use only.
 */

import type { Effects } from '../effects.ts';
import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import type { DetectorEffect } from './event.ts';
import type { Health } from './health.ts';
import type { DetectorProfile } from './profile.ts';
import type { Suspicion } from './suspicion.ts';
import type { Watch } from './watch.ts';
import type { Watches } from './watches.ts';

type Out = Effects<DetectorEffect>;

/**
 * Times to ask again when ours is the only vote, or votes that would turn it are missing. Fewer: a
 * lossy host accuses. More: found later.
 */
const REPEATS_MAX = 4;

/**
 * What the votes amount to: `alone` when others answered and ours is the only vote against it,
 * `contested` when more are against it than for it, and those that have not said either could turn
 * that, `unheard` when none of the others answered, though there are some, or too few to rely on.
 */
type Ruling = 'majority' | 'gone' | 'outvoted' | 'alone' | 'contested' | 'unheard';

export interface TrialsOptions {
  readonly self: ServerId;
  readonly profile: DetectorProfile;
  readonly watches: Watches;
  readonly health: Health;
  readonly observersOf: (subject: ServerId) => readonly ServerId[];
}

export class Trials {
  readonly #options: TrialsOptions;
  readonly #profile: DetectorProfile;
  readonly #watches: Watches;
  readonly #health: Health;

  constructor(options: TrialsOptions) {
    this.#options = options;
    this.#profile = options.profile;
    this.#watches = options.watches;
    this.#health = options.health;
  }

  /** By how much we act later than the observer of `peer` that is ranked first. */
  delayFor(peer: ServerId): number {
    const observers = this.#options.observersOf(peer);
    const rank = observers.indexOf(this.#options.self);
    return (rank < 0 ? observers.length : rank) * this.#profile.rankGapMs * MS;
  }

  /** When `advance` has something to do next. */
  dueAt({ suspicion, probes }: Watch): number {
    if (suspicion === undefined) return NEVER;
    if (suspicion.countAt !== NEVER) return suspicion.countAt;
    return Math.min(suspicion.wakeAt, this.#askAt(suspicion, probes.unanswered));
  }

  /** `heardAt`: when anybody whom we do not suspect last answered us anything. */
  advance(now: number, peer: ServerId, heardAt: number, out: Out): void {
    const watch = this.#watches.get(peer);
    const suspicion = watch?.suspicion;
    if (watch === undefined || suspicion === undefined || this.dueAt(watch) > now) return;
    if (suspicion.countAt <= now) {
      this.#count(now, { peer, suspicion, heardAt }, out);
    } else if (this.#askAt(suspicion, watch.probes.unanswered) <= now) {
      if (!suspicion.isProof) {
        if (heardAt < suspicion.since) this.#watches.sweep(now, out);
        this.#watches.probe(now, watch, out);
      }
      this.#ask(now, peer, suspicion, out);
      this.#mayConvict(now, peer, suspicion, out);
    } else {
      suspicion.wakeAt = NEVER;
      // Whoever was asked itself need not ask the same others to look.
      if (watch.askers?.isAsked(now) !== true) this.#question(peer, suspicion, out);
    }
  }

  /** A vote came. A refusal needs no more than the majority; a silence has to last. */
  voted(now: number, peer: ServerId, suspicion: Suspicion, out: Out): void {
    if (suspicion.countAt !== NEVER) this.#mayConvict(now, peer, suspicion, out);
  }

  /** A vote from then or before is stale. */
  staleAt(now: number): number {
    return now - this.#profile.voteKeptMs * MS;
  }

  #askAt(suspicion: Suspicion, unanswered: number): number {
    if (suspicion.isProof) return suspicion.refusedAt + suspicion.delay;
    // The probe that goes with the question is the last one that it may leave unanswered.
    if (unanswered < this.#profile.unansweredMin - 1) return NEVER;
    return this.#endOf(suspicion) - this.#profile.askTimeoutMs * MS;
  }

  #endOf({ since, delay }: Suspicion): number {
    return since + this.#health.suspicionTime + delay;
  }

  #ask(now: number, peer: ServerId, suspicion: Suspicion, out: Out): void {
    suspicion.askedAt = now;
    suspicion.countAt = now + this.#profile.askTimeoutMs * MS;
    this.#question(peer, suspicion, out);
  }

  #question(peer: ServerId, { votes }: Suspicion, out: Out): void {
    for (const to of this.#othersOf(peer)) {
      votes.asked(to);
      out.push({ type: 'ask', to, subject: peer });
    }
  }

  #mayConvict(now: number, peer: ServerId, suspicion: Suspicion, out: Out): void {
    if (!suspicion.isProof) return;
    if (this.#ruling(now, peer, suspicion) === 'majority')
      this.#declare(peer, suspicion, true, out);
  }

  #count(
    now: number,
    trial: { peer: ServerId; suspicion: Suspicion; heardAt: number },
    out: Out,
  ): void {
    const { peer, suspicion } = trial;
    if (now - suspicion.askedAt >= this.#profile.voteKeptMs * MS) {
      // We stood still, and what was answered meanwhile is stale.
      this.#ask(now, peer, suspicion, out);
    } else if (!suspicion.isProof && now < this.#endOf(suspicion)) {
      // We have come to doubt ourselves since we asked.
      suspicion.again();
    } else {
      const ruling = this.#ruling(now, peer, suspicion);
      const isOpen =
        ruling === 'alone' ||
        ruling === 'contested' ||
        (ruling === 'unheard' && trial.heardAt >= suspicion.since);
      if (isOpen && !suspicion.isProof && suspicion.repeats < REPEATS_MAX) {
        suspicion.repeats++;
        this.#ask(now, peer, suspicion, out);
      } else if (ruling === 'unheard') this.#unheard(now, trial, out);
      else if (ruling === 'outvoted') suspicion.acquit(now);
      else if (ruling === 'alone' && !suspicion.isProof) suspicion.acquit(now);
      else this.#convict(peer, suspicion, out);
    }
  }

  #ruling(now: number, peer: ServerId, { votes }: Suspicion): Ruling {
    const others = this.#othersOf(peer);
    const tally = votes.tally(others, this.staleAt(now));
    const against = tally.against + 1;
    if (2 * against > others.length + 1) return 'majority';
    if (tally.answered === 0 || !this.#health.isReliable) return 'unheard';
    if (against <= tally.alive) return 'outvoted';
    if (tally.against === 0) return 'alone';
    // All that did not say that it is silent.
    const couldBeFor = others.length - tally.against;
    return tally.isDenied && against <= couldBeFor ? 'contested' : 'gone';
  }

  #unheard(
    now: number,
    { peer, suspicion, heardAt }: { peer: ServerId; suspicion: Suspicion; heardAt: number },
    out: Out,
  ): void {
    if (!suspicion.isProof) {
      const isIsolated = heardAt < suspicion.since || !this.#health.isReliable;
      if (isIsolated && this.#health.worse()) suspicion.again();
      else this.#declare(peer, suspicion, !isIsolated, out);
    } else if (heardAt >= suspicion.refusedAt) {
      this.#declare(peer, suspicion, true, out);
    } else if (!suspicion.isRepeated) {
      // Too short a time for anybody else to have answered by chance.
      suspicion.isRepeated = true;
      this.#watches.sweep(now, out);
      this.#ask(now, peer, suspicion, out);
    } else if (this.#othersOf(peer).every((id) => this.#watches.get(id)?.suspicion?.isRefused)) {
      // All have gone at once: there is nobody left who could know better, or whom we could tell.
      this.#declare(peer, suspicion, false, out);
    } else {
      suspicion.dropProof();
    }
  }

  #convict(peer: ServerId, suspicion: Suspicion, out: Out): void {
    // The last one that a server which doubts itself has left is no better proved than the others.
    const isAlone = this.#othersOf(peer).length === 0 && this.#health.stretch > 1;
    this.#declare(peer, suspicion, !isAlone, out);
  }

  #declare(peer: ServerId, { isRefused }: Suspicion, spread: boolean, out: Out): void {
    this.#watches.remove(peer);
    out.push({ type: 'gone', peer, proof: isRefused && spread ? 'refused' : 'silent', spread });
  }

  #othersOf(peer: ServerId): ServerId[] {
    const { self, observersOf } = this.#options;
    return observersOf(peer).filter((id) => id !== self && id !== peer);
  }
}
