/**
 * When a server that was declared gone comes back, as it itself decides.
 *
 * Once its own neighbours have answered it for a while: the first time a short one, since mostly a
 * partition has healed, or a stall is over. One that is declared gone again and again has a fault
 * that comes and goes, and each return would cost everybody two events; so it must have been well
 * for longer each time. After a calm time all is forgotten. This is the damping of routes that flap
 * (RFC 2439), done by the route itself: nobody else must remember anything, and a healthy server is
 * never affected.
 */

import { MS, NEVER } from '../time.ts';

export interface ComebackProfile {
  /**
   * How long our neighbours must have answered before the first return. Shorter: a lossy host takes
   * luck for health. Longer: partitions heal later by as much.
   */
  readonly firstMs: number;
  /** The same before the second. Shorter than a fault's pauses: it comes back in each of them. */
  readonly againMs: number;
  /** By how much it grows from there, each time, so a fault of any period is damped in the end. */
  readonly factor: number;
  /** The longest. Longer: a host that was ill for hours is away for that long after it is well. */
  readonly againMaxMs: number;
  /** How long it must stay present to be forgiven. Shorter than a fault's period: no damping. */
  readonly calmMs: number;
  /** Between two looks at whether our neighbours answer us. Longer: a bad moment goes unseen. */
  readonly lookMs: number;
}

export class Comeback {
  readonly #profile: ComebackProfile;
  #isAway = false;
  #dueAt = NEVER;
  /** Since when all looks found us well; NEVER after one that did not. */
  #wellSince = NEVER;
  /** Returns since the last calm time. */
  #returns = 0;
  #returnedAt = -NEVER;

  constructor(profile: ComebackProfile) {
    this.#profile = profile;
  }

  /** Whether we are taken for gone. */
  get isAway(): boolean {
    return this.#isAway;
  }

  deadline(): number {
    return this.#dueAt;
  }

  /** Somebody holds us for gone. */
  accused(now: number): void {
    if (this.#isAway) return;
    if (now - this.#returnedAt > this.#profile.calmMs * MS) this.#returns = 0;
    this.#isAway = true;
    this.#wellSince = NEVER;
    this.#dueAt = now;
  }

  /** Looks again; true when it is time to come back. */
  tick(now: number, isWell: boolean): boolean {
    if (this.#dueAt > now || !this.#isAway) return false;
    // While this process stood still nobody looked.
    const isLate = now - this.#dueAt > this.#profile.lookMs * MS;
    if (!isWell) this.#wellSince = NEVER;
    else if (this.#wellSince === NEVER || isLate) this.#wellSince = now;
    const returnAt = this.#wellSince + this.#stretch;
    if (!isWell || returnAt > now) {
      this.#dueAt = Math.min(now + this.#profile.lookMs * MS, returnAt);
      return false;
    }
    this.#isAway = false;
    this.#dueAt = NEVER;
    this.#returns++;
    this.#returnedAt = now;
    return true;
  }

  /** For how long we must have been well, in us. */
  get #stretch(): number {
    const { firstMs, againMs, factor, againMaxMs } = this.#profile;
    if (this.#returns === 0) return firstMs * MS;
    let stretch = againMs;
    for (let times = 1; times < this.#returns && stretch < againMaxMs; times++) stretch *= factor;
    return Math.min(stretch, againMaxMs) * MS;
  }
}
