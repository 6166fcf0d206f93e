/** How long a suspect gets before it is declared gone, by what we think of ourselves. */

import { MS } from '../time.ts';
import type { DetectorProfile } from './profile.ts';

/** How much the last probe of a peer that answers moves our reliability. */
const SAMPLE_WEIGHT = 1 / 8;
/** No peer alone may say more against us: it may have stood still. */
const LOST_MAX = 3;
/**
 * Where a second probe, which goes over the edge as well, is mostly answered, a loss of a fifth in
 * each direction leaves about 0.76, and one of four fifths 0.53.
 */
const RELIABLE_MIN = 0.65;

/**
 * Local health: how many doublings the suspicion time has now, and how many of our probes of those
 * that do answer are answered. Who is dead does not count against us, however many are.
 */
export class Health {
  readonly #profile: DetectorProfile;
  #doublings = 0;
  #reliability = 1;

  constructor(profile: DetectorProfile) {
    this.#profile = profile;
  }

  get stretch(): number {
    return 2 ** this.#doublings;
  }

  /** In microseconds. */
  get suspicionTime(): number {
    return this.#profile.suspicionMs * MS * this.stretch;
  }

  /** Whether most of what we ask of those that are alive is answered. */
  get isReliable(): boolean {
    return this.#reliability >= RELIABLE_MIN;
  }

  /** A peer answered, after so many probes that it did not answer. */
  answered(lost: number): void {
    for (let each = Math.min(lost, LOST_MAX); each > 0; each--) {
      this.#reliability -= this.#reliability * SAMPLE_WEIGHT;
    }
    this.#reliability += (1 - this.#reliability) * SAMPLE_WEIGHT;
  }

  /** We heard from nobody for a whole suspicion time. False when it can get no longer. */
  worse(): boolean {
    if (this.#doublings >= this.#profile.doublingsMax) return false;
    this.#doublings++;
    return true;
  }

  /** We heard from somebody. False when nothing had to get better. */
  better(): boolean {
    if (this.#doublings === 0) return false;
    this.#doublings--;
    return true;
  }
}
