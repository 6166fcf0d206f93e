/**
 * The edges of a server as the tree sees them: which are eager, and a bit for each.
 *
 * News keeps the bits of those that know it, so that the two meet without a set or a search. Only
 * 32 edges have one at a time; a server has hardly ever more than its ten neighbours, and the rest,
 * strangers that linger at a seed, are listed one by one.
 */

import type { ServerId } from '../id.ts';
import { NEVER } from '../time.ts';

/** A peer with an edge, as the tree sees it. */
export interface Edge {
  readonly peer: ServerId;
  /** Its own bit; 0 when there was none left. */
  readonly bit: number;
  /** What its class was when it came up, or was last told to be. */
  wanted: boolean;
  /** News is pushed over it, and not only announced. */
  eager: boolean;
  /** When it last brought us news first. */
  usefulAt: number;
  prunedAt: number;
}

export class Edges {
  readonly #edges = new Map<ServerId, Edge>();
  #freeBits = -1;

  get size(): number {
    return this.#edges.size;
  }

  get(peer: ServerId): Edge | undefined {
    return this.#edges.get(peer);
  }

  has(peer: ServerId): boolean {
    return this.#edges.has(peer);
  }

  /** In the order in which they came up. */
  [Symbol.iterator](): IterableIterator<Edge> {
    return this.#edges.values();
  }

  /** One that stands already keeps what it has become, unless it is now wanted otherwise. */
  up(peer: ServerId, eager: boolean): void {
    const edge = this.#edges.get(peer);
    if (edge === undefined) {
      const bit = this.#freeBits & -this.#freeBits;
      this.#freeBits ^= bit;
      const times = { usefulAt: -NEVER, prunedAt: -NEVER };
      this.#edges.set(peer, { peer, bit, wanted: eager, eager, ...times });
    } else if (edge.wanted !== eager) {
      edge.wanted = eager;
      edge.eager = eager;
    }
  }

  /** Returns the bit that it had, and that another may have next. */
  down(peer: ServerId): number {
    const bit = this.#edges.get(peer)?.bit ?? 0;
    this.#edges.delete(peer);
    this.#freeBits |= bit;
    return bit;
  }
}
