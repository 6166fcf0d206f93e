/**
 * Whose turn it is: all members once per round, in an order shuffled anew each time. A member thus
 * waits for at most 2n - 1 turns, where one picked at random each time may wait for ever; and the
 * servers that watch the same member do not all probe it at the same time.
 */

import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';

export class Rounds {
  readonly #random: Random;
  readonly #members = new Set<ServerId>();
  /** Who is left of this round, the next one last. May name some that were removed since. */
  #order: ServerId[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Takes part from some turn of the current round on. */
  add(id: ServerId): void {
    this.#members.add(id);
    const at = this.#random.below(this.#order.length + 1);
    this.#order.splice(at, 0, id);
  }

  remove(id: ServerId): void {
    this.#members.delete(id);
    this.#order = this.#order.filter((other) => other !== id);
  }

  /** The next one in turn that `isEligible`; undefined when no member is. Others lose their turn. */
  next(isEligible: (id: ServerId) => boolean): ServerId | undefined {
    for (let round = 0; round < 2; round++) {
      for (let id = this.#order.pop(); id !== undefined; id = this.#order.pop()) {
        if (isEligible(id)) return id;
      }
      this.#order = this.#shuffled();
    }
    return undefined;
  }

  #shuffled(): ServerId[] {
    const ids = [...this.#members];
    for (let i = ids.length - 1; i > 0; i--) {
      const j = this.#random.below(i + 1);
      [ids[i], ids[j]] = [ids[j] as ServerId, ids[i] as ServerId];
    }
    return ids;
  }
}
