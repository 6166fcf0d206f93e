/** Failure detector: which of our neighbours have gone. */

import type { Effects } from '../effects.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { NEVER } from '../time.ts';
import type { DetectorEffect, DetectorEvent } from './event.ts';
import type { DetectorProfile } from './profile.ts';

export interface DetectorOptions {
  readonly now: number;
  readonly self: ServerId;
  readonly random: Random;
  readonly profile: DetectorProfile;
  /**
   * The neighbours of a present server, ourselves included when we are one, in an order which is
   * the same at every server with the same view.
   */
  observersOf(subject: ServerId): readonly ServerId[];
}

export class Detector {
  readonly #options: DetectorOptions;

  constructor(options: DetectorOptions) {
    this.#options = options;
  }

  /** By how much the suspicion time is stretched now: 1, 2, 4 or 8. */
  get stretch(): number {
    return 1;
  }

  isSuspected(_peer: ServerId): boolean {
    return false;
  }

  /** False when we should doubt what we see: half of those we watch are silent, or more. */
  isHealthy(): boolean {
    return true;
  }

  /** Of a neighbour, in microseconds, smoothed; undefined before its first answer. */
  roundTrip(_peer: ServerId): number | undefined {
    return undefined;
  }

  /** In how many microseconds `prober`, whose probe of us arrived now, should probe us again. */
  turnFor(_now: number, _prober: ServerId): number {
    return this.#options.profile.periodMs;
  }

  step(_now: number, _event: DetectorEvent, _out: Effects<DetectorEffect>): void {}

  deadline(): number {
    return NEVER;
  }
}
