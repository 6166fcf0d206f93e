/**
 * When a server says by multicast that it is there: in answer to a question, and else rarely, so
 * that circuits find each other that could not hear each other before.
 *
 * The circuit speaks as one, and its servers agree on nothing for it. Each waits for a random time,
 * and whoever hears another of its circuit waits anew. An answer is drawn from a window that grows
 * with the circuit, so that one or two come before all others have heard it. For an announcement
 * each of n draws from 0 to n + 1 times the interval: then the least of the n draws is the interval
 * in the mean, however large the circuit. (Timers of this kind: Floyd et al. 1997, "A reliable
 * multicast framework", section III.)
 */

import type { Random } from '../host/random.ts';
import { MS, NEVER } from '../time.ts';
import type { DiscoveryProfile } from './profile.ts';

export class Turns {
  readonly #random: Random;
  readonly #profile: DiscoveryProfile;
  #answerAt = NEVER;
  /** When we spoke last; or began, as our own questions are on their way. */
  #saidAt: number;
  /** When anybody of the circuit did. */
  #quietSince: number;
  /** Our draw, as a share of the longest wait: how long that is changes with the circuit. */
  #share: number;

  constructor(now: number, random: Random, profile: DiscoveryProfile) {
    this.#random = random;
    this.#profile = profile;
    this.#saidAt = now;
    this.#quietSince = now;
    this.#share = random.float();
  }

  /** Somebody asks; `size`: of our circuit. A client has nobody else to hear of us from. */
  asked(now: number, asker: 'client' | 'server', size: number): void {
    const { answerMs, answerMaxMs, repeatMs } = this.#profile;
    const windowUs = Math.min(answerMaxMs, answerMs * size) * MS;
    const drawn = now + Math.ceil(this.#random.float() * windowUs);
    const at = asker === 'client' ? drawn : Math.max(drawn, this.#saidAt + repeatMs * MS);
    this.#answerAt = Math.min(this.#answerAt, at);
  }

  /** Another of our circuit has said that it is there. */
  heard(now: number): void {
    this.#answerAt = NEVER;
    this.#quietSince = now;
    this.#share = this.#random.float();
  }

  /** We have. */
  said(now: number): void {
    this.#saidAt = now;
    this.#answerAt = NEVER;
    this.#quietSince = now;
    this.#share = this.#random.float();
  }

  /** When it is our turn, in a circuit of so many. */
  deadline(size: number): number {
    const longestUs = this.#profile.announceMs * MS * (size + 1);
    return Math.min(this.#answerAt, this.#quietSince + Math.ceil(this.#share * longestUs));
  }
}
