/**
 * How a report comes to the gatherer (see ../gossip/gathering.ts): by datagrams, since hardly anybody
 * has an edge with it. Anybody can send a datagram, and send it once more; so what is reported is
 * believed only when it bears the number that the gatherer has just sent to the very address of the
 * member that offered a report, and every number is good for one.
 *
 * It is believed as news, which is new. What was on its way for longer than its server waits for it to
 * come back over the tree is not: since then a network may have been cut and become whole, and what
 * was so is held against a server that has long come back. So offers and numbers are good for that
 * time only.
 */

import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';

/** Offers that wait for their number. More: the older ones are left to be overdue. */
const OFFERS_MAX = 8;

interface Offer {
  readonly at: number;
  readonly to: ServerId;
  readonly subjects: readonly ServerId[];
}

export class Reports {
  readonly #random: Random;
  /** In us. */
  readonly #patience: number;
  /** What we have offered, and not been asked for yet; the oldest first. */
  readonly #offers: Offer[] = [];
  /** Who offered us a report => the number that it is to bear; the oldest first. */
  readonly #expected = new Map<ServerId, { readonly seq: number; readonly at: number }>();

  /** `patience`: for how many us an offer stands, and a number. */
  constructor(random: Random, patience: number) {
    this.#random = random;
    this.#patience = patience;
  }

  /** We have something to report to that server. */
  offer(now: number, to: ServerId, subjects: readonly ServerId[]): void {
    this.#offers.push({ at: now, to, subjects });
    if (this.#offers.length > OFFERS_MAX) this.#offers.shift();
  }

  /** That server asks for what we have offered it: of these we report. */
  asked(now: number, by: ServerId): readonly ServerId[] | undefined {
    const at = this.#offers.findIndex((each) => each.to === by && this.#isNew(now, each));
    return this.#offers.splice(at, at < 0 ? 0 : 1)[0]?.subjects;
  }

  /** That member offers us a report: the number with which it is to come. */
  offered(now: number, from: ServerId): number {
    const known = this.#expected.get(from);
    if (known !== undefined && this.#isNew(now, known)) return known.seq;
    const seq = this.#random.below(0x100000000) * 0x100000 + this.#random.below(0x100000);
    this.#expected.delete(from);
    this.#expected.set(from, { seq, at: now });
    if (this.#expected.size > limits.reportersMax) {
      const [oldest] = this.#expected.keys();
      this.#expected.delete(oldest as ServerId);
    }
    return seq;
  }

  /** Whether a report with that number is one that we have asked for, and did not have yet. */
  isExpected(now: number, from: ServerId, seq: number): boolean {
    const expected = this.#expected.get(from);
    if (expected?.seq !== seq || !this.#isNew(now, expected)) return false;
    return this.#expected.delete(from);
  }

  #isNew(now: number, { at }: { readonly at: number }): boolean {
    return now < at + this.#patience;
  }
}
