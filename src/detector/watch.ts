/** What the detector waits for from one neighbour. */

import { NEVER } from '../time.ts';

export class Watch {
  /** When the ack of a probe in turn is overdue; NEVER while none is out, or it is suspected. */
  ackDue = NEVER;
  /** Since when it is suspected; NEVER when it is not. */
  silentSince = NEVER;
  /** When a suspect is probed next. */
  probeAt = NEVER;
  /** Probes sent since it was last heard: their numbers lie between these two. */
  unanswered = 0;
  #firstSeq = 0;
  #lastSeq = -1;

  get isSuspected(): boolean {
    return this.silentSince !== NEVER;
  }

  probed(seq: number): void {
    if (this.unanswered === 0) this.#firstSeq = seq;
    this.#lastSeq = seq;
    this.unanswered++;
  }

  /** A late ack counts as well: it answers a probe that was sent within the silence. */
  isAnswer(seq: number): boolean {
    return this.unanswered > 0 && seq >= this.#firstSeq && seq <= this.#lastSeq;
  }

  suspect(now: number): void {
    this.silentSince = now;
    this.ackDue = NEVER;
  }

  clear(): void {
    this.unanswered = 0;
    this.ackDue = NEVER;
    this.silentSince = NEVER;
    this.probeAt = NEVER;
  }

  /** Moves every deadline; those that are NEVER stay so. */
  shift(by: number): void {
    this.ackDue += by;
    this.silentSince += by;
    this.probeAt += by;
  }
}
