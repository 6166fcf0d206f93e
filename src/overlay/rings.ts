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
 * dearer in memory: of the members nothing is kept here at all.
 */

import { idHigh, idLow, mix } from '../hash.ts';
import type { ServerId } from '../id.ts';
import { type Circle, ringPosition } from './circle.ts';
import { around, orderOf } from './order.ts';

/** Salt of the order in a mesh: no ring has this number. */
const MESH = 0x6d657368;

/** Who stands next to a server on one ring, and how far clockwise from it, from 0 to 2^32. */
interface Place {
  successor: ServerId | undefined;
  successorAt: number;
  predecessor: ServerId | undefined;
  predecessorAt: number;
}

/** Who observes whom in a circle, of those that were asked for; several of us may have the same. */
const observers = new WeakMap<Circle, Map<ServerId, Observers>>();

interface Observers {
  readonly ringCount: number;
  readonly ids: readonly ServerId[];
}

export class Rings {
  readonly #self: ServerId;
  readonly #high: number;
  readonly #low: number;
  readonly #circle: () => Circle;
  /** ring => our place on it. */
  readonly #places: readonly Place[];
  #neighbours: ReadonlySet<ServerId> = new Set();
  /** The neighbours, in their order as our observers. */
  #ranked: readonly ServerId[] = [];

  /** `circle`: who is there at this moment, ourselves included. It is empty but for us at first. */
  constructor(self: ServerId, ringCount: number, circle: () => Circle) {
    this.#self = self;
    this.#high = idHigh(self);
    this.#low = idLow(self);
    this.#circle = circle;
    this.#places = Array.from({ length: ringCount }, newPlace);
  }

  /** The servers we share an edge with, sorted. The set is never changed, but replaced. */
  get neighbours(): ReadonlySet<ServerId> {
    return this.#neighbours;
  }

  /**
   * The neighbours of any server, at most 2K; none of one that is not there. All servers that have
   * the same view give the same order, and it is another for each subject. O(nK), for us O(1).
   */
  neighboursOf(id: ServerId): readonly ServerId[] {
    if (id === this.#self) return this.#ranked;
    const circle = this.#circle();
    if (!circle.has(id)) return [];
    let known = observers.get(circle);
    if (known === undefined) {
      known = new Map();
      observers.set(circle, known);
    }
    const found = known.get(id);
    const ringCount = this.#places.length;
    if (found?.ringCount === ringCount) return found.ids;
    const ids = this.#isMesh ? meshAround(circle, id) : ringsAround(circle, id, ringCount);
    known.set(id, { ringCount, ids });
    return ids;
  }

  /** It has come, and is in the circle by now. */
  added(id: ServerId): void {
    if (id === this.#self) return;
    let nearer = this.#isMesh || this.#becomesRings;
    const high = idHigh(id);
    const low = idLow(id);
    for (let ring = 0; ring < this.#places.length; ring++) {
      if (this.#offer(id, ring, mix(high, low, ring))) nearer = true;
    }
    if (nearer) this.#collect();
  }

  /** All of these have come, and are in our circle by now; maybe we ourselves are among them. */
  addedAll(others: Circle): void {
    for (let ring = 0; ring < this.#places.length; ring++) {
      const origin = mix(this.#high, this.#low, ring);
      for (const id of around(orderOf(others, ring), origin)) {
        if (id !== this.#self) this.#offer(id, ring, ringPosition(id, ring));
      }
    }
    this.#collect();
  }

  /** It has gone, and is no longer in the circle. */
  removed(id: ServerId): void {
    if (id === this.#self) return;
    // Without it the mesh may be whole again, though it was no neighbour on the rings.
    if (!this.#neighbours.has(id) && !this.#isMesh) return;
    for (const [ring, place] of this.#places.entries()) {
      if (place.successor === id || place.predecessor === id) {
        Object.assign(place, search(this.#circle(), this.#self, ring));
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

  #offer(id: ServerId, ring: number, position: number): boolean {
    const origin = mix(this.#high, this.#low, ring);
    return offer(this.#places[ring] as Place, this.#self, id, (position - origin) >>> 0);
  }

  /** How many stand next to us on the first `ringCount` rings. */
  besides(ringCount: number): number {
    const ids = new Set<ServerId>();
    for (const { successor, predecessor } of this.#places.slice(0, ringCount)) {
      if (successor !== undefined) ids.add(successor);
      if (predecessor !== undefined) ids.add(predecessor);
    }
    return ids.size;
  }

  get #isMesh(): boolean {
    return this.#circle().size <= 2 * this.#places.length + 1;
  }

  /** True at the size at which the mesh has just been left. */
  get #becomesRings(): boolean {
    return this.#circle().size === 2 * this.#places.length + 2;
  }

  #collect(): void {
    this.#ranked = this.#isMesh ? meshAround(this.#circle(), this.#self) : ranked(this.#places);
    this.#neighbours = new Set([...this.#ranked].sort());
  }
}

/** The place of a server on a ring. */
function search(circle: Circle, self: ServerId, ring: number): Place {
  const origin = ringPosition(self, ring);
  const place = newPlace();
  circle.visit((id, high, low) => {
    const distance = (mix(high, low, ring) - origin) >>> 0;
    // Most are neither the nearest nor the farthest so far. A distance of 0 is never between.
    const isBetween = distance > place.successorAt && distance < place.predecessorAt;
    if (!isBetween && id !== self) offer(place, self, id, distance);
  });
  return place;
}

function ringsAround(circle: Circle, id: ServerId, ringCount: number): ServerId[] {
  return ranked(Array.from({ length: ringCount }, (_, ring) => search(circle, id, ring)));
}

function meshAround(circle: Circle, id: ServerId): ServerId[] {
  const salt = mix(idHigh(id), idLow(id), MESH);
  const order: [number, ServerId][] = [];
  circle.visit((other, high, low) => {
    if (other !== id) order.push([mix(high, low, salt), other]);
  });
  order.sort(([x, a], [y, b]) => (x === y ? (a < b ? -1 : 1) : x - y));
  return order.map(([, other]) => other);
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
