/** The probes of one peer: which are unanswered, and whether an answer counts. */

export class Probes {
  /** How many were sent since the last answer. */
  unanswered = 0;
  /** When the last one was sent. */
  sentAt = Number.NEGATIVE_INFINITY;
  /** When the first one was sent that is unanswered; meaningless when none is. */
  unansweredSince = Number.NEGATIVE_INFINITY;
  #firstSeq = 0;
  #lastSeq = -1;

  sent(now: number, seq: number): void {
    if (this.unanswered === 0) {
      this.#firstSeq = seq;
      this.unansweredSince = now;
    }
    this.#lastSeq = seq;
    this.sentAt = now;
    this.unanswered++;
  }

  /** Whether `seq` is of the probes since the last answer but one: of an ack after a pong, too. */
  covers(seq: number): boolean {
    return seq >= this.#firstSeq && seq <= this.#lastSeq;
  }

  /** A late answer counts as well: it is to a probe that was sent within the silence. */
  isAnswer(seq: number): boolean {
    return this.unanswered > 0 && this.covers(seq);
  }

  /** The round trip of an answer at `now`; undefined when a later probe may have met it. */
  roundTrip(now: number, seq: number): number | undefined {
    return seq === this.#lastSeq ? now - this.sentAt : undefined;
  }

  answered(): void {
    this.unanswered = 0;
  }

  shift(by: number): void {
    this.sentAt += by;
    this.unansweredSince += by;
  }
}
