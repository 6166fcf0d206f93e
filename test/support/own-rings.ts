/** Rings with a circle of their own, as a membership has them with its view. */

import { idHigh, idLow } from '../../src/hash.ts';
import type { ServerId } from '../../src/id.ts';
import type { Circle } from '../../src/overlay/circle.ts';
import { Rings } from '../../src/overlay/rings.ts';

class Ids implements Circle {
  readonly ids: ReadonlySet<ServerId>;

  constructor(ids: Iterable<ServerId>) {
    this.ids = new Set(ids);
  }

  get size(): number {
    return this.ids.size;
  }

  has(id: ServerId): boolean {
    return this.ids.has(id);
  }

  visit(each: (id: ServerId, high: number, low: number) => void): void {
    for (const id of this.ids) each(id, idHigh(id), idLow(id));
  }
}

/** Rings to which servers are added, and from which they are removed. */
export class OwnRings {
  readonly #rings: Rings;
  #circle: Ids;

  constructor(self: ServerId, ringCount: number) {
    this.#circle = new Ids([self]);
    this.#rings = new Rings(self, ringCount, () => this.#circle);
  }

  get size(): number {
    return this.#circle.size;
  }

  get neighbours(): ReadonlySet<ServerId> {
    return this.#rings.neighbours;
  }

  sideOf(id: ServerId, ringCount: number): 'after' | 'before' | undefined {
    return this.#rings.sideOf(id, ringCount);
  }

  besides(ringCount: number): number {
    return this.#rings.besides(ringCount);
  }

  neighboursOf(id: ServerId): readonly ServerId[] {
    return this.#rings.neighboursOf(id);
  }

  add(id: ServerId): void {
    if (this.#circle.has(id)) return;
    this.#circle = new Ids([...this.#circle.ids, id]);
    this.#rings.added(id);
  }

  addAll(ids: readonly ServerId[]): void {
    this.#circle = new Ids([...this.#circle.ids, ...ids]);
    this.#rings.addedAll(new Ids(ids));
  }

  remove(id: ServerId): void {
    if (!this.#circle.has(id)) return;
    this.#circle = new Ids([...this.#circle.ids].filter((other) => other !== id));
    this.#rings.removed(id);
  }
}
