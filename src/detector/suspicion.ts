/**
 * One suspicion: how far it has come.
 *
 *   wake     a little after the miss the other observers are asked, so that they begin to look
 *   ask      shortly before the end of the suspicion time, or at once when its dial was refused,
 *            they are asked for what they know now
 *   count    the ask timeout later, or as soon as a refusal has its majority
 *
 * What comes of the count is the detector's to say. Outvoted, a suspicion starts anew.
 */

import { NEVER } from '../time.ts';
import { Votes } from './votes.ts';

export class Suspicion {
  /** Since when it is silent: from here the suspicion time runs. */
  since: number;
  /** By how much we act later than the observer ranked first. */
  readonly delay: number;
  /** When the others are asked to look; NEVER when that is done. */
  wakeAt: number;
  /** When its dial was refused, while that waits to be decided; NEVER otherwise. */
  refusedAt = NEVER;
  /** Whether a dial was refused since its last answer: our own vote is `gone`, not `silent`. */
  isRefused = false;
  /** When the others were last asked to vote. */
  askedAt = NEVER;
  /** When their votes are counted; NEVER until they are asked. */
  countAt = NEVER;
  /** Whether they have been asked again, since this process stood still or nobody answered. */
  isRepeated = false;
  /** How often they have been asked again, since their votes did not settle it. */
  repeats = 0;
  readonly votes = new Votes();

  constructor(now: number, { delay, wakeAt }: { delay: number; wakeAt: number }) {
    this.since = now;
    this.delay = delay;
    this.wakeAt = wakeAt;
  }

  /** Whether a refusal waits to be decided. */
  get isProof(): boolean {
    return this.refusedAt !== NEVER;
  }

  /** Its dial was refused: whatever was said before is older than that. */
  refuse(now: number): void {
    this.isRefused = true;
    if (this.isProof) return;
    this.refusedAt = now;
    this.again();
    this.votes.clear();
  }

  /** The refusal decides nothing: what remains is a silence. */
  dropProof(): void {
    this.refusedAt = NEVER;
    this.again();
  }

  /** Outvoted: it stays, and the silence is counted from now. What was said of it is settled. */
  acquit(now: number): void {
    this.since = now;
    this.dropProof();
    this.votes.clear();
  }

  /** There is nothing to count yet: the others are asked when the time has come. */
  again(): void {
    this.countAt = NEVER;
    this.isRepeated = false;
    this.repeats = 0;
  }

  /** The silence is counted from now. */
  restart(now: number): void {
    this.since = now;
    if (!this.isProof) this.again();
  }

  /** This process stood still meanwhile: so did the time, and votes are asked for once more. */
  shift(by: number): void {
    this.since += by;
    this.wakeAt += by;
    this.refusedAt += by;
    this.countAt += by;
    if (this.countAt === NEVER || this.isRepeated) return;
    this.countAt = NEVER;
    this.isRepeated = true;
  }
}
