/**
 * A table of what was made lately, so that it need not be made again. It forgets: a place is given
 * to whatever comes to it next. So what it holds is bounded, and nobody may rely on it.
 */

/** Places in a set: what comes to a full one takes the place of what was of use longest ago. */
const WAYS = 2;

export class Lately<T extends object> {
  #places: (T | undefined)[];

  /** `size`: how many it remembers at most; a power of two. */
  constructor(size: number) {
    this.#places = new Array(size).fill(undefined);
  }

  get size(): number {
    return this.#places.length;
  }

  /** The one with that hash for which `is` holds. */
  find(hash: number, is: (item: T) => boolean): T | undefined {
    const at = this.#setOf(hash);
    const first = this.#places[at];
    if (first === undefined || is(first)) return first;
    const second = this.#places[at + 1];
    if (second === undefined || !is(second)) return undefined;
    this.#places[at] = second;
    this.#places[at + 1] = first;
    return second;
  }

  keep(hash: number, item: T): void {
    const at = this.#setOf(hash);
    this.#places[at + 1] = this.#places[at];
    this.#places[at] = item;
  }

  /** Remembers more from here on. */
  grow(size: number, hashOf: (item: T) => number): void {
    const before = this.#places;
    this.#places = new Array(size).fill(undefined);
    for (const item of before) if (item !== undefined) this.keep(hashOf(item), item);
  }

  #setOf(hash: number): number {
    return (hash & (this.#places.length / WAYS - 1)) * WAYS;
  }
}
