/** What the other observers of one suspect say of it. */

import type { ServerId } from '../id.ts';
import type { Verdict } from './event.ts';

export interface Tally {
  /** Those that say `gone` or `silent`. */
  readonly against: number;
  readonly alive: number;
  /** Whether any of them has said that it is alive since we suspect it, however long ago. */
  readonly isDenied: boolean;
  /** Those that said anything, if only that they are finding out. */
  readonly answered: number;
}

interface Vote {
  readonly at: number;
  readonly verdict: Verdict;
}

export class Votes {
  /** Whom we asked => its vote; undefined until it answers. */
  readonly #votes = new Map<ServerId, Vote | undefined>();

  asked(id: ServerId): void {
    if (!this.#votes.has(id)) this.#votes.set(id, undefined);
  }

  /** False when `from` was not asked. `staleAt`: a vote from then or before says nothing any more. */
  take(now: number, from: ServerId, verdict: Verdict, staleAt: number): boolean {
    if (!this.#votes.has(from)) return false;
    const last = this.#votes.get(from);
    // Asked again, it first says that it is finding out: until then the last one stands.
    const stands = verdict === 'unsure' && last !== undefined && last.at > staleAt;
    if (!stands) this.#votes.set(from, { at: now, verdict });
    return true;
  }

  /** Counts those of `observers` that came after `staleAt`. */
  tally(observers: readonly ServerId[], staleAt: number): Tally {
    let against = 0;
    let alive = 0;
    let answered = 0;
    let isDenied = false;
    for (const id of observers) {
      const vote = this.#votes.get(id);
      if (vote?.verdict === 'alive') isDenied = true;
      if (vote === undefined || vote.at <= staleAt) continue;
      answered++;
      if (vote.verdict === 'alive') alive++;
      else if (vote.verdict !== 'unsure') against++;
    }
    return { against, alive, answered, isDenied };
  }

  clear(): void {
    this.#votes.clear();
  }
}
