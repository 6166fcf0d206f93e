/**
 * A Map for what comes and goes all the time, such as calls in flight.
 *
 * When the engine makes room in a Map, its old table refers to the new one and to all it held then.
 * Once a table has grown old, only a full garbage collection frees it; until then it keeps alive
 * the chain of all tables after it, and with them everything that ever was in the Map: each short
 * collection copies it all. So this one begins a new Map after so many removals, which cuts the
 * chain. The order is that of a Map.
 */

const REMOVALS_MAX = 1024;

export class ChurnMap<K, V> {
  #map = new Map<K, V>();
  #removals = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  /** False when it was not there. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false;
    this.#removals++;
    // A copy costs as much as there is to copy, and so is not made more often than that.
    if (this.#removals >= REMOVALS_MAX && this.#removals >= this.#map.size) {
      this.#map = new Map(this.#map);
      this.#removals = 0;
    }
    return true;
  }

  clear(): void {
    this.#map = new Map();
    this.#removals = 0;
  }

  /** Of this moment: what is removed later stays in it. */
  keys(): K[] {
    return [...this.#map.keys()];
  }

  /** Of this moment. */
  values(): V[] {
    return [...this.#map.values()];
  }
}
