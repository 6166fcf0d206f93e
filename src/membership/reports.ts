/**
 * How a report comes to the gatherer (see ../gossip/gathering.ts): by datagrams, since hardly anybody
 * has an edge with it. Anybody can send a datagram, and send it once more; so what is reported is
 * believed only when it bears the number that the gatherer has just sent to the very address of the
 * member that offered a report, and every number is good for one.
 */

import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';

/** Offers that wait for their number. More: the older ones are left to be overdue. */
const OFFERS_MAX = 8;

interface Offer {
  readonly to: ServerId;
  readonly subjects: readonly ServerId[];
}

export class Reports {
  readonly #random: Random;
  /** What we have offered, and not been asked for yet; the oldest first. */
  readonly #offers: Offer[] = [];
  /** Who offered us a report => the number that it is to bear; the oldest first. */
  readonly #expected = new Map<ServerId, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** We have something to report to that server. */
  offer(to: ServerId, subjects: readonly ServerId[]): void {
    this.#offers.push({ to, subjects });
    if (this.#offers.length > OFFERS_MAX) this.#offers.shift();
  }

  /** That server asks for what we have offered it: of these we report. */
  asked(by: ServerId): readonly ServerId[] | undefined {
    const at = this.#offers.findIndex(({ to }) => to === by);
    return this.#offers.splice(at, at < 0 ? 0 : 1)[0]?.subjects;
  }

  /** That member offers us a report: the number with which it is to come. */
  offered(from: ServerId): number {
    const known = this.#expected.get(from);
    if (known !== undefined) return known;
    const seq = this.#random.below(0x100000000) * 0x100000 + this.#random.below(0x100000);
    this.#expected.set(from, seq);
    if (this.#expected.size > limits.reportersMax) {
      const [oldest] = this.#expected.keys();
      this.#expected.delete(oldest as ServerId);
    }
    return seq;
  }

  /** Whether a report with that number is one that we have asked for, and did not have yet. */
  isExpected(from: ServerId, seq: number): boolean {
    return this.#expected.get(from) === seq && this.#expected.delete(from);
  }
}
