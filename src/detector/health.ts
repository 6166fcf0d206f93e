/** How long a suspect gets before it is declared gone, by what we think of ourselves. */

import { MS } from '../time.ts';
import type { DetectorProfile } from './profile.ts';

/** Local health: how many doublings the suspicion time has now. */
export class Health {
  readonly #profile: DetectorProfile;
  #doublings = 0;

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
