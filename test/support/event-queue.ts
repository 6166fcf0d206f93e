/** What happens when, earliest first; at the same moment, in the order pushed. A binary heap. */

interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly value: T;
}

export class EventQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #pushed = 0;

  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  push(at: number, value: T): void {
    const heap = this.#heap;
    const entry = { at, order: this.#pushed++, value };
    let hole = heap.length;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      if (!isEarlier(entry, heap[above] as Entry<T>)) break;
      heap[hole] = heap[above] as Entry<T>;
      hole = above;
    }
    heap[hole] = entry;
  }

  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.value;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right !== undefined && isEarlier(right, heap[below] as Entry<T>)) below++;
      if (!isEarlier(heap[below] as Entry<T>, last)) break;
      heap[hole] = heap[below] as Entry<T>;
      hole = below;
    }
    heap[hole] = last;
    return first.value;
  }
}

function isEarlier<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
