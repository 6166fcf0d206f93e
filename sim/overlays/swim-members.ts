/**
 * What one server of SWIM holds of the others, and the news that it still carries to them. Of two
 * claims about one server the higher incarnation wins; of one incarnation, the worse claim.
 */

import type { ServerId } from '../../src/id.ts';
import { NEVER } from '../../src/time.ts';
import { integer, type Of, oneOf, struct } from '../../src/wire/schema.ts';
import { naturalLog } from '../faults/draw.ts';
import { type Peer, peer } from './protocol.ts';

/** From the best to the worst. */
const states = ['alive', 'suspect', 'gone'] as const;

/** One claim about a server. */
export const claim = struct({ peer, incarnation: integer(), state: oneOf(states) });

export type Claim = Of<typeof claim>;

/** What a piece of news, or a suspicion, is worth: so many times the logarithm of the servers. */
const LAMBDA = 3;
/** Pieces of news in one message, which so fits into a packet of 1,500 bytes. */
export const CLAIMS_MAX = 32;
/** Those that have gone are remembered, so that old news does not bring them back; the last ones. */
export const GONE_MAX = 4_096;

interface Held {
  claim: Claim;
  /** When a suspect will be taken for gone. */
  goneAt: number;
}

export class Members {
  readonly #self: ServerId;
  /** server => the best claim about it, of those that have gone as well */
  readonly #held = new Map<ServerId, Held>();
  /** server => how often the news of it was sent */
  readonly #carried = new Map<ServerId, number>();
  #present = 0;
  #gone = 0;

  constructor(self: Peer) {
    this.#self = self.id;
    this.#set({ peer: self, incarnation: 0, state: 'alive' }, NEVER);
  }

  /** How many are present, this one among them. */
  get size(): number {
    return this.#present;
  }

  /** How many claims of those that have gone are remembered. */
  get goneCount(): number {
    return this.#gone;
  }

  /** How often news is carried, and for how many periods a suspicion stands. */
  get patience(): number {
    return LAMBDA * Math.ceil(naturalLog(this.#present + 1));
  }

  /** The best claim about a server. */
  claimOf(id: ServerId): Claim | undefined {
    return this.#held.get(id)?.claim;
  }

  /** Those that are present, suspects included, this one left out. */
  *others(): Iterable<Peer> {
    for (const [id, { claim }] of this.#held) {
      if (id !== this.#self && claim.state !== 'gone') yield claim.peer;
    }
  }

  /** All claims about who is present, for one that joins. */
  present(): Claim[] {
    return Array.from(this.#held.values(), ({ claim }) => claim).filter(
      ({ state }) => state !== 'gone',
    );
  }

  /** Takes a claim in if it wins, and carries it on. Returns what was held before, if it did. */
  learn(next: Claim, goneAt: number): { readonly before: Claim | undefined } | undefined {
    const before = this.#held.get(next.peer.id)?.claim;
    if (before !== undefined && !wins(next, before)) return undefined;
    if (before === undefined && next.state === 'gone') return undefined;
    this.#set(next, next.state === 'suspect' ? goneAt : NEVER);
    this.#carried.delete(next.peer.id);
    this.#carried.set(next.peer.id, 0);
    return { before };
  }

  /** News for one message: what was sent least often. */
  news(): Claim[] {
    const chosen = [...this.#carried].sort((a, b) => a[1] - b[1]).slice(0, CLAIMS_MAX);
    const enough = this.patience;
    return chosen.flatMap(([id, times]) => {
      if (times + 1 >= enough) this.#carried.delete(id);
      else this.#carried.set(id, times + 1);
      return this.#held.get(id)?.claim ?? [];
    });
  }

  /** Suspects whose time is over. */
  overdue(now: number): Claim[] {
    const found: Claim[] = [];
    for (const { claim, goneAt } of this.#held.values()) if (goneAt <= now) found.push(claim);
    return found;
  }

  #set(next: Claim, goneAt: number): void {
    const { id } = next.peer;
    const before = this.#held.get(id)?.claim.state;
    if (before === 'gone') this.#gone--;
    else if (before !== undefined) this.#present--;
    this.#held.delete(id);
    this.#held.set(id, { claim: next, goneAt });
    if (next.state !== 'gone') {
      this.#present++;
      return;
    }
    this.#gone++;
    if (this.#gone > GONE_MAX) this.#forgetOldest();
  }

  /** The first in the map was held for the longest. */
  #forgetOldest(): void {
    for (const [id, { claim }] of this.#held) {
      if (claim.state !== 'gone') continue;
      this.#held.delete(id);
      this.#carried.delete(id);
      this.#gone--;
      return;
    }
  }
}

function wins(a: Claim, b: Claim): boolean {
  if (a.incarnation !== b.incarnation) return a.incarnation > b.incarnation;
  return states.indexOf(a.state) > states.indexOf(b.state);
}
