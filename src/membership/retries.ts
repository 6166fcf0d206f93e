/**
 * When to try again one of those that fell silent: this is what heals a partition.
 *
 * All together, servers try each of them about once in a tenth of the time it has been away, within
 * bounds. So each server takes its share of all the tries, by chance and without agreement: with n
 * present and d silent it makes one every n/d of that interval. A cut host is tried by everybody
 * seldom; half a circuit is tried by the other half many times a second, in all.
 *
 * That share may be one try in many times the age, and the interval grows meanwhile. So the time of
 * a try is not planned: each looks at one now and then, much more often than the interval doubles,
 * and tries it with the chance that belongs to the time since its last look.
 */

import type { Random } from '../host/random.ts';
import { MS, NEVER } from '../time.ts';
import type { Member } from './member.ts';
import type { Table } from './table.ts';

export interface RetryProfile {
  /** The interval between two tries of one silent server, by whomever: at first... */
  readonly minMs: number;
  /** ... and at last. Longer: less traffic to the dead. Shorter: partitions heal sooner. */
  readonly maxMs: number;
  /**
   * The interval is this share of the time for which it has been silent: a cut that lasted for t
   * is found to be over after some share x t. Smaller: sooner, for 1 / share tries per doubling of t.
   */
  readonly share: number;
  /**
   * Between two tries of this server, at least. Shorter: the last ones of a large circuit find the
   * others sooner. Longer: they bother them less.
   */
  readonly gapMs: number;
}

/** Looks per doubling: more are closer to the rate above, and wake the server more often. */
const LOOKS = 8;

export class Retries {
  readonly #random: Random;
  readonly #profile: RetryProfile;
  #dueAt = NEVER;
  /** For how long, in ms, the next look stands. */
  #pauseMs = 0;
  /** When the last of them fell silent. */
  #latestAt = -NEVER;

  constructor(random: Random, profile: RetryProfile) {
    this.#random = random;
    this.#profile = profile;
  }

  deadline(): number {
    return this.#dueAt;
  }

  /** Somebody fell silent: the next look may have to be sooner. */
  begin(now: number): void {
    const { gapMs } = this.#profile;
    this.#latestAt = now;
    if (this.#dueAt > now + 2 * Math.max(gapMs, this.#doublingMs(0) / LOOKS) * MS) {
      this.#pause(now, gapMs);
    }
  }

  /** Whom to try now. */
  tick(now: number, table: Table): Member | undefined {
    if (this.#dueAt > now) return undefined;
    this.#dueAt = NEVER;
    const silent = table.anySilent(this.#random);
    if (silent === undefined) return undefined;
    const isTurn = this.#random.float() * this.#shareMs(now - silent.at, table) < this.#pauseMs;
    const age = now - this.#latestAt;
    this.#pause(now, Math.min(this.#shareMs(age, table) / 2, this.#doublingMs(age) / LOOKS));
    return isTurn ? silent.record : undefined;
  }

  /** Our share of the tries: one in so many ms, when all have been silent for `age` us. */
  #shareMs(age: number, table: Table): number {
    const { minMs, maxMs, share } = this.#profile;
    const interval = Math.min(maxMs, Math.max(minMs, (age / MS) * share));
    return (interval * table.size) / Math.max(1, table.silentCount);
  }

  /** How long it takes at that age until the interval has doubled; it is the shortest for a while. */
  #doublingMs(age: number): number {
    return Math.max(age / MS, this.#profile.minMs / this.#profile.share);
  }

  /** Not all look together. */
  #pause(now: number, ms: number): void {
    const pause = Math.max(this.#profile.gapMs, ms) * (1 + this.#random.float() / 2);
    this.#pauseMs = pause;
    this.#dueAt = now + Math.ceil(pause * MS);
  }
}
