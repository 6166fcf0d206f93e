/**
 * Who is at which address: the salt to seal for.
 *
 * A peer that starts again has another salt. It tells us when it gets a packet for the old one, but
 * it cannot know that we made that packet, so it does not tell everybody. Hence we do not rely on it:
 * a peer that we have sent to and not heard of for two seconds counts as one that we do not know, and
 * gets packets which prove that we have a key. Those it always answers.
 */

import { limits } from '../../src/limits.ts';
import type { Salt } from './seal.ts';

/** Longer than a round trip; shorter: more notices where packets go one way. In ms. */
const patienceMs = 2_000;

interface Peer {
  readonly salt: Salt;
  /** When the first packet was sent since we heard of it. */
  unheardSince: number | undefined;
}

export class Peers {
  /** Address => who is there. Those learned last are last. */
  readonly #at = new Map<string, Peer>();

  get size(): number {
    return this.#at.size;
  }

  /** For whom to seal a packet that is sent now; undefined if it is not known, or was long silent. */
  toSend(address: string, now: number): Salt | undefined {
    const peer = this.#at.get(address);
    if (peer === undefined) return undefined;
    peer.unheardSince ??= now;
    return now - peer.unheardSince < patienceMs ? peer.salt : undefined;
  }

  /** Whether that one is there, for all we know; undefined if nothing is known of the address. */
  isAt(address: string, salt: Salt): boolean | undefined {
    const peer = this.#at.get(address);
    return peer === undefined ? undefined : peer.salt.text === salt.text;
  }

  /** It is there, and lives. */
  heard(address: string): void {
    const peer = this.#at.get(address);
    if (peer !== undefined) peer.unheardSince = undefined;
  }

  /** From now on that one is there. The caller is certain. */
  learn(address: string, salt: Salt): void {
    this.#at.delete(address);
    if (this.#at.size >= limits.sealPeersMax) {
      const [oldest] = this.#at.keys();
      if (oldest !== undefined) this.#at.delete(oldest);
    }
    this.#at.set(address, { salt, unheardSince: undefined });
  }
}
