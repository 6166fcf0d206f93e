/**
 * Who is a neighbour of whom: a pure function of the view.
 *
 * Every server is hashed onto K rings, and its neighbours are the server before it and the one
 * after it on each. The union of K random Hamiltonian cycles is an expander with high probability
 * (Law and Siu 2003, "Distributed construction of random expander networks"; Xheal, Pandurangan
 * and Trehan 2011, repairs with the same graphs). Since all compute the same rings, nothing is
 * negotiated, the relation is symmetric, and a departure changes only the edges around it. Up to
 * 2K + 1 servers, everybody is everybody's neighbour: rings would save nothing.
 *
 * Of each ring only our two neighbours are kept, with their distance clockwise from us: the
 * nearest is the successor, the farthest the predecessor. A newcomer is compared with these in
 * O(K). When a neighbour goes, the rings on which it was one are searched anew, in O(n), and so is
 * every ring for the neighbours of another. Sorted rings would make that O(log n), and each member
 * dearer in memory: of a member we keep its id and its hashed bits, and compute its positions.
 */

import { idHigh, idLow, mix } from '../hash.ts';
import type { ServerId } from '../id.ts';

/** Salt of the order in a mesh: no ring has this number. */
const MESH = 0x6d657368;

/** Who stands next to a server on one ring, and how far clockwise from it, from 0 to 2^32. */
interface Place {
  successor: ServerId | undefined;
  successorAt: number;
  predecessor: ServerId | undefined;
  predecessorAt: number;
}

/** The place of a server on a ring, from 0 to 2^32 - 1. */
export function ringPosition(id: ServerId, ring: number): number {
  return mix(idHigh(id), idLow(id), ring);
}

export class Rings {
  readonly #self: ServerId;
  /** All servers, ourselves first. Removing one moves the last into its slot. */
  readonly #ids: ServerId[] = [];
  /** slot => the bits of its id. Longer than there are slots in use. */
  #high = new Uint32Array(16);
  #low = new Uint32Array(16);
  readonly #slots = new Map<ServerId, number>();
  /** ring => our place on it. */
  readonly #places: readonly Place[];
  #neighbours: ReadonlySet<ServerId> = new Set();
  /** The neighbours, in their order as our observers. */
  #ranked: readonly ServerId[] = [];

  constructor(self: ServerId, ringCount: number) {
    this.#self = self;
    this.#places = Array.from({ length: ringCount }, newPlace);
    this.#push(self);
  }

  /** The servers we share an edge with, sorted. The set is never changed, but replaced. */
  get neighbours(): ReadonlySet<ServerId> {
    return this.#neighbours;
  }

  /** How many servers are on the rings, ourselves included. */
  get size(): number {
    return this.#ids.length;
  }

  /**
   * The neighbours of any server, at most 2K; none of one that is not there. All servers that have
   * the same view give the same order, and it is another for each subject. O(nK), for us O(1).
   */
  neighboursOf(id: ServerId): readonly ServerId[] {
    if (id === this.#self) return this.#ranked;
    const slot = this.#slots.get(id);
    if (slot === undefined) return [];
    if (this.#isMesh) return this.#meshAround(slot);
    const places = this.#places.map((_, ring) => this.#search(slot, ring));
    return ranked(places);
  }

  add(id: ServerId): void {
    if (this.#slots.has(id)) return;
    this.#push(id);
    let nearer = this.#isMesh || this.#becomesRings;
    const high = idHigh(id);
    const low = idLow(id);
    for (const [ring, place] of this.#places.entries()) {
      const origin = mix(this.#high[0] as number, this.#low[0] as number, ring);
      if (offer(place, this.#self, id, (mix(high, low, ring) - origin) >>> 0)) nearer = true;
    }
    if (nearer) this.#collect();
  }

  remove(id: ServerId): void {
    const slot = this.#slots.get(id);
    if (slot === undefined || slot === 0) return;
    this.#drop(id, slot);
    // Without it the mesh may be whole again, though it was no neighbour on the rings.
    if (!this.#neighbours.has(id) && !this.#isMesh) return;
    for (const [ring, place] of this.#places.entries()) {
      if (place.successor === id || place.predecessor === id) {
        Object.assign(place, this.#search(0, ring));
      }
    }
    this.#collect();
  }

  /** Where `id` stands next to us, on the first of the first `ringCount` rings on which it does. */
  sideOf(id: ServerId, ringCount: number): 'after' | 'before' | undefined {
    for (let ring = 0; ring < ringCount; ring++) {
      const place = this.#places[ring];
      if (place?.successor === id) return 'after';
      if (place?.predecessor === id) return 'before';
    }
    return undefined;
  }

  get #isMesh(): boolean {
    return this.size <= 2 * this.#places.length + 1;
  }

  /** True at the size at which the mesh has just been left. */
  get #becomesRings(): boolean {
    return this.size === 2 * this.#places.length + 2;
  }

  #push(id: ServerId): void {
    const slot = this.#ids.push(id) - 1;
    this.#slots.set(id, slot);
    if (slot === this.#high.length) {
      this.#high = grown(this.#high);
      this.#low = grown(this.#low);
    }
    this.#high[slot] = idHigh(id);
    this.#low[slot] = idLow(id);
  }

  #drop(id: ServerId, slot: number): void {
    const last = this.#ids.pop() as ServerId;
    this.#slots.delete(id);
    if (last === id) return;
    this.#ids[slot] = last;
    this.#slots.set(last, slot);
    this.#high[slot] = this.#high[this.#ids.length] as number;
    this.#low[slot] = this.#low[this.#ids.length] as number;
  }

  /** The place on `ring` of the server in `slot`. */
  #search(slot: number, ring: number): Place {
    const ids = this.#ids;
    const high = this.#high;
    const low = this.#low;
    const self = ids[slot] as ServerId;
    const origin = mix(high[slot] as number, low[slot] as number, ring);
    const place = newPlace();
    for (let i = 0; i < ids.length; i++) {
      const distance = (mix(high[i] as number, low[i] as number, ring) - origin) >>> 0;
      // Most are neither the nearest nor the farthest so far. A distance of 0 is never between.
      const isBetween = distance > place.successorAt && distance < place.predecessorAt;
      if (isBetween || i === slot) continue;
      offer(place, self, ids[i] as ServerId, distance);
    }
    return place;
  }

  #meshAround(slot: number): ServerId[] {
    const salt = mix(this.#high[slot] as number, this.#low[slot] as number, MESH);
    const order = this.#ids.map((id, i): [number, ServerId] => [
      mix(this.#high[i] as number, this.#low[i] as number, salt),
      id,
    ]);
    order.splice(slot, 1);
    order.sort(([x, a], [y, b]) => (x === y ? (a < b ? -1 : 1) : x - y));
    return order.map(([, id]) => id);
  }

  #collect(): void {
    this.#ranked = this.#isMesh ? this.#meshAround(0) : ranked(this.#places);
    this.#neighbours = new Set([...this.#ranked].sort());
  }
}

function newPlace(): Place {
  return {
    successor: undefined,
    successorAt: Number.POSITIVE_INFINITY,
    predecessor: undefined,
    predecessorAt: -1,
  };
}

/**
 * Makes `id` the successor or predecessor in the `place` of `self` if it is; true when it became
 * one. At the very position of `self`, an id above it is the first, and one below it the last.
 */
function offer(place: Place, self: ServerId, id: ServerId, clockwise: number): boolean {
  const distance = clockwise === 0 && id < self ? 0x100000000 : clockwise;
  let taken = false;
  const { successor, successorAt, predecessor, predecessorAt } = place;
  if (distance < successorAt || (distance === successorAt && id < (successor as ServerId))) {
    place.successor = id;
    place.successorAt = distance;
    taken = true;
  }
  if (distance > predecessorAt || (distance === predecessorAt && id > (predecessor as ServerId))) {
    place.predecessor = id;
    place.predecessorAt = distance;
    taken = true;
  }
  return taken;
}

/** Everybody in the places of one server, once, ring by ring. */
function ranked(places: readonly Place[]): ServerId[] {
  const ids: ServerId[] = [];
  for (const { successor, predecessor } of places) {
    if (successor !== undefined && !ids.includes(successor)) ids.push(successor);
    if (predecessor !== undefined && !ids.includes(predecessor)) ids.push(predecessor);
  }
  return ids;
}

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
}
