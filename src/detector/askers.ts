/**
 * Who asked us about one subject. Each is told at once what we know, and again whenever that
 * changes within a while, since it counts votes when ours may just have come.
 */

import type { Effects } from '../effects.ts';
import type { ServerId } from '../id.ts';
import { MS } from '../time.ts';
import type { DetectorEffect, Verdict } from './event.ts';

/** More than a subject has observers, whatever others make of their views. */
export const ASKERS_MAX = 32;

export class Askers {
  readonly #subject: ServerId;
  readonly #keptMs: number;
  /** asker => when it asked, and what it was told last. The longest ago first. */
  readonly #told = new Map<ServerId, { readonly at: number; verdict: Verdict }>();

  constructor(subject: ServerId, keptMs: number) {
    this.#subject = subject;
    this.#keptMs = keptMs;
  }

  /** Whether anybody still wants to know. */
  isAsked(now: number): boolean {
    for (const { at } of this.#told.values()) if (this.#isKept(now, at)) return true;
    return false;
  }

  /** Answers `from`, whatever it was told before. */
  answer(now: number, from: ServerId, verdict: Verdict, out: Effects<DetectorEffect>): void {
    this.#told.delete(from);
    this.#told.set(from, { at: now, verdict });
    for (const asker of this.#told.keys()) {
      if (this.#told.size <= ASKERS_MAX) break;
      this.#told.delete(asker);
    }
    out.push({ type: 'vote', to: from, subject: this.#subject, verdict });
  }

  /** Tells all that were told something else. */
  tell(now: number, verdict: Verdict, out: Effects<DetectorEffect>): void {
    for (const [asker, told] of this.#told) {
      if (!this.#isKept(now, told.at)) this.#told.delete(asker);
      else if (told.verdict !== verdict) {
        told.verdict = verdict;
        out.push({ type: 'vote', to: asker, subject: this.#subject, verdict });
      }
    }
  }

  #isKept(now: number, at: number): boolean {
    return now - at < this.#keptMs * MS;
  }
}
