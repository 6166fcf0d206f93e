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
 * O(K). When a neighbour goes, the rings on which it was one are searched anew, in O(n); the
 * others cost nothing. Sorted rings would make that O(log n), and each member dearer in memory.
 */

import { idHigh, idLow, mix } from '../hash.ts';
import type { ServerId } from '../id.ts';

/** A member on the rings. */
interface Point {
  readonly id: ServerId;
  /** ring => clockwise distance from us, from 0 to 2^32. */
  readonly distances: readonly number[];
}

/** The place of a server on a ring, from 0 to 2^32 - 1. */
export function ringPosition(id: ServerId, ring: number): number {
  return mix(idHigh(id), idLow(id), ring);
}

export class Rings {
  readonly #self: ServerId;
  /** ring => our own position on it. */
  readonly #origin: readonly number[];
  /** All others, live. */
  readonly #points = new Map<ServerId, Point>();
  /** ring => our successor; undefined when alone. */
  readonly #successors: (Point | undefined)[];
  readonly #predecessors: (Point | undefined)[];
  #neighbours: ReadonlySet<ServerId> = new Set();

  constructor(self: ServerId, ringCount: number) {
    this.#self = self;
    this.#origin = Array.from({ length: ringCount }, (_, ring) => ringPosition(self, ring));
    this.#successors = this.#origin.map(() => undefined);
    this.#predecessors = this.#origin.map(() => undefined);
  }

  /** The servers we share an edge with, sorted. The set is never changed, but replaced. */
  get neighbours(): ReadonlySet<ServerId> {
    return this.#neighbours;
  }

  /** How many servers are on the rings, ourselves included. */
  get size(): number {
    return this.#points.size + 1;
  }

  add(id: ServerId): void {
    if (id === this.#self || this.#points.has(id)) return;
    const point = this.#place(id);
    this.#points.set(id, point);
    let nearer = this.#isMesh || this.#becomesRings;
    for (let ring = 0; ring < this.#origin.length; ring++) {
      if (this.#offer(ring, point)) nearer = true;
    }
    if (nearer) this.#collect();
  }

  remove(id: ServerId): void {
    const point = this.#points.get(id);
    if (point === undefined) return;
    this.#points.delete(id);
    // Without it the mesh may be whole again, though it was no neighbour on the rings.
    if (!this.#neighbours.has(id) && !this.#isMesh) return;
    for (let ring = 0; ring < this.#origin.length; ring++) {
      if (this.#successors[ring] === point || this.#predecessors[ring] === point) {
        this.#search(ring);
      }
    }
    this.#collect();
  }

  get #isMesh(): boolean {
    return this.size <= 2 * this.#origin.length + 1;
  }

  /** True at the size at which the mesh has just been left. */
  get #becomesRings(): boolean {
    return this.size === 2 * this.#origin.length + 2;
  }

  /** Distance 0 is for an id above ours at our very position; one below comes last on the ring. */
  #place(id: ServerId): Point {
    const high = idHigh(id);
    const low = idLow(id);
    const distances = this.#origin.map((origin, ring) => {
      const distance = (mix(high, low, ring) - origin) >>> 0;
      return distance === 0 && id < this.#self ? 0x100000000 : distance;
    });
    return { id, distances };
  }

  /** Makes `point` our successor or predecessor on `ring` if it is; true when it became one. */
  #offer(ring: number, point: Point): boolean {
    let taken = false;
    const successor = this.#successors[ring];
    if (successor === undefined || isBefore(point, successor, ring)) {
      this.#successors[ring] = point;
      taken = true;
    }
    const predecessor = this.#predecessors[ring];
    if (predecessor === undefined || isBefore(predecessor, point, ring)) {
      this.#predecessors[ring] = point;
      taken = true;
    }
    return taken;
  }

  #search(ring: number): void {
    this.#successors[ring] = undefined;
    this.#predecessors[ring] = undefined;
    for (const point of this.#points.values()) this.#offer(ring, point);
  }

  #collect(): void {
    const ids: ServerId[] = [];
    if (this.#isMesh) {
      for (const id of this.#points.keys()) ids.push(id);
    } else {
      for (const point of this.#successors) ids.push((point as Point).id);
      for (const point of this.#predecessors) ids.push((point as Point).id);
    }
    this.#neighbours = new Set(ids.sort());
  }
}

function isBefore(a: Point, b: Point, ring: number): boolean {
  const x = a.distances[ring] as number;
  const y = b.distances[ring] as number;
  return x < y || (x === y && a.id < b.id);
}
