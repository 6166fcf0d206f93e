/** The times of the detector, and how long a suspect gets before it is declared gone. */

import { MS } from '../time.ts';

export interface DetectorProfile {
  /**
   * One neighbour is probed per period. A host that dies silently is first missed after about
   * period / 1 s seconds, since 2K neighbours take turns. Shorter: found sooner, idle traffic grows.
   */
  readonly periodMs: number;
  /** At least the round trip at its worst. Shorter: more suspicions. Longer: found later. */
  readonly ackTimeoutMs: number;
  /** Between the probes of a suspect. Shorter: more chances to answer, more traffic while down. */
  readonly suspectPeriodMs: number;
  /**
   * From the moment a server is suspected to the moment it is declared gone. Its last sign of life
   * is then older by the ack timeout. A host that stalls for no longer than this stays.
   */
  readonly suspicionMs: number;
  /** Probes that must have gone unanswered: at loss p each way, all fail once in (2p)^-n times. */
  readonly unansweredMin: number;
  /** As many silent neighbours at once, and nobody heard: we doubt ourselves first. */
  readonly isolatedMin: number;
  /** Times the suspicion time may double then: 3 makes it eight times as long. */
  readonly doublingsMax: number;
  /** A step later than its deadline by more means that this process stood still. */
  readonly stallMs: number;
}

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
