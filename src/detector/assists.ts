/**
 * Subjects that we probe only because another server asked us: it takes us for one of their
 * observers, and we do not watch them, since our views differ for a moment. Each is probed again
 * and again until it answers, and forgotten some seconds after the last question.
 */

import type { Effects } from '../effects.ts';
import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import { Askers } from './askers.ts';
import type { DetectorEffect, Verdict } from './event.ts';
import { Probes } from './probes.ts';
import type { DetectorProfile } from './profile.ts';

interface Assist {
  readonly askers: Askers;
  readonly probes: Probes;
  verdict: Verdict;
  /** When it is probed next; NEVER once it answered or was refused. */
  probeAt: number;
  /** When nobody waits for an answer any more. */
  endsAt: number;
}

export class Assists {
  readonly #profile: DetectorProfile;
  readonly #nextSeq: () => number;
  /** subject => what we do for others. The one asked for the longest ago first. */
  readonly #assists = new Map<ServerId, Assist>();

  constructor(profile: DetectorProfile, nextSeq: () => number) {
    this.#profile = profile;
    this.#nextSeq = nextSeq;
  }

  get size(): number {
    return this.#assists.size;
  }

  deadline(): number {
    let due = NEVER;
    if (this.#assists.size === 0) return due;
    for (const { probeAt, endsAt } of this.#assists.values()) due = Math.min(due, probeAt, endsAt);
    return due;
  }

  tick(now: number, out: Effects<DetectorEffect>): void {
    if (this.#assists.size === 0) return;
    for (const [subject, assist] of this.#assists) {
      if (assist.endsAt <= now) this.#assists.delete(subject);
      else if (assist.probeAt <= now) this.#probe(now, subject, assist, out);
    }
  }

  asked(now: number, subject: ServerId, from: ServerId, out: Effects<DetectorEffect>): void {
    const assist = this.#take(subject);
    assist.endsAt = now + this.#profile.askerKeptMs * MS;
    // What it answered to an earlier question says nothing about now.
    if (assist.verdict === 'alive') assist.verdict = 'unsure';
    assist.askers.answer(now, from, assist.verdict, out);
    const isOut = assist.probes.unanswered > 0 && assist.verdict !== 'gone';
    if (!isOut) this.#probe(now, subject, assist, out);
  }

  /** False when it is no answer to us. */
  acked(now: number, subject: ServerId, seq: number, out: Effects<DetectorEffect>): boolean {
    const assist = this.#assists.get(subject);
    if (assist?.probes.isAnswer(seq) !== true) return false;
    assist.probes.answered();
    this.#settle(now, assist, 'alive', out);
    return true;
  }

  refused(now: number, subject: ServerId, out: Effects<DetectorEffect>): void {
    const assist = this.#assists.get(subject);
    if (assist !== undefined) this.#settle(now, assist, 'gone', out);
  }

  /** We watch it ourselves from now on; gives those that asked. */
  release(subject: ServerId): Askers | undefined {
    const askers = this.#assists.get(subject)?.askers;
    this.#assists.delete(subject);
    return askers;
  }

  shift(by: number): void {
    for (const assist of this.#assists.values()) {
      assist.probes.shift(by);
      assist.probeAt += by;
      assist.endsAt += by;
    }
  }

  #take(subject: ServerId): Assist {
    const assist = this.#assists.get(subject) ?? {
      askers: new Askers(subject, this.#profile.askerKeptMs),
      probes: new Probes(),
      verdict: 'unsure',
      probeAt: NEVER,
      endsAt: NEVER,
    };
    this.#assists.delete(subject);
    this.#assists.set(subject, assist);
    for (const oldest of this.#assists.keys()) {
      if (this.#assists.size <= this.#profile.assistsMax) break;
      this.#assists.delete(oldest);
    }
    return assist;
  }

  #probe(now: number, subject: ServerId, assist: Assist, out: Effects<DetectorEffect>): void {
    const { ackTimeoutMs, suspectPeriodMs } = this.#profile;
    const { probes } = assist;
    // By datagram alone, since no edge stands: so one that is lost does not make it silent yet.
    const silentAt = probes.unansweredSince + (ackTimeoutMs + suspectPeriodMs) * MS;
    if (assist.verdict === 'unsure' && probes.unanswered > 1 && silentAt <= now) {
      assist.verdict = 'silent';
      assist.askers.tell(now, 'silent', out);
    }
    const seq = this.#nextSeq();
    probes.sent(now, seq);
    assist.probeAt = now + suspectPeriodMs * MS;
    out.push({ type: 'probe', peer: subject, seq, urgent: true });
  }

  #settle(now: number, assist: Assist, verdict: Verdict, out: Effects<DetectorEffect>): void {
    assist.verdict = verdict;
    assist.probeAt = NEVER;
    assist.askers.tell(now, verdict, out);
  }
}
