/**
 * When a server that was declared gone comes back, as it itself decides.
 *
 * The first time at once: a partition has healed, or a stall is over. One that is declared gone
 * again and again has a fault that comes and goes, and each return would cost everybody two events;
 * so it stays away longer each time, and comes back only while its own neighbours answer it. After
 * a calm time all is forgotten. This is the damping of routes that flap (RFC 2439), done by the
 * route itself: nobody else must remember anything, and a healthy server is never affected.
 */

import { MS, NEVER } from '../time.ts';

export interface ComebackProfile {
  /** Before the second return; the first is at once. Shorter: more events from a flapping host. */
  readonly delayMs: number;
  /** By how much it grows each time. */
  readonly factor: number;
  readonly delayMaxMs: number;
  /** How long it must stay present to be forgiven. Shorter than a fault's period: no damping. */
  readonly calmMs: number;
  /** Between two looks at whether our neighbours answer us. */
  readonly healthMs: number;
}

export class Comeback {
  readonly #profile: ComebackProfile;
  /** The incarnation to outweigh; undefined while nobody takes us for gone. */
  #accused: number | undefined;
  #dueAt = NEVER;
  /** Returns since the last calm time. */
  #returns = 0;
  #returnedAt = -NEVER;

  constructor(profile: ComebackProfile) {
    this.#profile = profile;
  }

  /** Whether we are taken for gone. */
  get isAway(): boolean {
    return this.#accused !== undefined;
  }

  deadline(): number {
    return this.#dueAt;
  }

  /** Somebody holds us for gone at that incarnation. */
  accused(now: number, incarnation: number): void {
    if (this.#accused !== undefined) {
      this.#accused = Math.max(this.#accused, incarnation);
      return;
    }
    const { delayMs, factor, delayMaxMs, calmMs } = this.#profile;
    if (now - this.#returnedAt > calmMs * MS) this.#returns = 0;
    const delay = this.#returns === 0 ? 0 : delayMs * factor ** (this.#returns - 1);
    this.#accused = incarnation;
    this.#dueAt = now + Math.min(delay, delayMaxMs) * MS;
  }

  /** The incarnation to rise above, now that it is time; undefined when it is not. */
  tick(now: number, isHealthy: boolean): number | undefined {
    if (this.#dueAt > now || this.#accused === undefined) return undefined;
    if (!isHealthy) {
      this.#dueAt = now + this.#profile.healthMs * MS;
      return undefined;
    }
    const incarnation = this.#accused;
    this.#accused = undefined;
    this.#dueAt = NEVER;
    this.#returns++;
    this.#returnedAt = now;
    return incarnation;
  }
}
