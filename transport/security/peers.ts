/**
 * Who is at which address: the salt to seal for.
 *
 * A peer that starts again has another salt. It tells us when it gets a packet for the old one, but
 * it cannot know that we made that packet, so it does not tell everybody. Hence we do not rely on it:
 * a peer that is silent, though we sent it three packets and the first two seconds ago, counts as one
 * that we do not know, and gets packets which prove that we have a key. Those it always answers. One
 * packet without an answer is nothing: it may be an answer itself.
 */

import { limits } from '../../src/limits.ts';
import type { Salt } from './seal.ts';

/** Longer than a round trip; shorter: more notices where packets go one way. In ms. */
const patienceMs = 2_000;
/** Fewer: peers that are well are asked who they are. More: one that started again is deaf for longer. */
const unheardMax = 3;

interface Peer {
  readonly salt: Salt;
  /** Packets that we sent since we heard of it. */
  unheard: number;
  /** When the first of them was sent. */
  unheardSince: number;
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
    if (peer.unheard === 0) peer.unheardSince = now;
    const isSilent = peer.unheard >= unheardMax && now - peer.unheardSince >= patienceMs;
    peer.unheard++;
    return isSilent ? undefined : peer.salt;
  }

  /** Whether that one is there, for all we know; undefined if nothing is known of the address. */
  isAt(address: string, salt: Salt): boolean | undefined {
    const peer = this.#at.get(address);
    return peer === undefined ? undefined : peer.salt.text === salt.text;
  }

  /** It is there, and lives. */
  heard(address: string): void {
    const peer = this.#at.get(address);
    if (peer !== undefined) peer.unheard = 0;
  }

  /** From now on that one is there. The caller is certain. */
  learn(address: string, salt: Salt): void {
    this.#at.delete(address);
    if (this.#at.size >= limits.sealPeersMax) {
      const [oldest] = this.#at.keys();
      if (oldest !== undefined) this.#at.delete(oldest);
    }
    this.#at.set(address, { salt, unheard: 0, unheardSince: 0 });
  }
}
