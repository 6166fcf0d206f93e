/**
 * A first-in-first-out queue from whose middle items can leave at once: what waits may be withdrawn
 * at any time, and a withdrawn item must not keep its place or its memory.
 */

import { ChurnMap } from './churn-map.ts';

interface Node<T> {
  item: T;
  before: Node<T> | undefined;
  after: Node<T> | undefined;
}

export class LinkedQueue<T> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  readonly #nodes = new ChurnMap<T, Node<T>>();

  get size(): number {
    return this.#nodes.size;
  }

  first(): T | undefined {
    return this.#first?.item;
  }

  has(item: T): boolean {
    return this.#nodes.has(item);
  }

  pushBack(item: T): void {
    const node: Node<T> = { item, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.after = node;
    this.#last = node;
    this.#nodes.set(item, node);
  }

  pushFront(item: T): void {
    const node: Node<T> = { item, before: undefined, after: this.#first };
    if (this.#first === undefined) this.#last = node;
    else this.#first.before = node;
    this.#first = node;
    this.#nodes.set(item, node);
  }

  shift(): T | undefined {
    const item = this.#first?.item;
    if (item !== undefined) this.remove(item);
    return item;
  }

  /** False when it is not in the queue. */
  remove(item: T): boolean {
    const node = this.#nodes.get(item);
    if (node === undefined) return false;
    this.#nodes.delete(item);
    if (node.before === undefined) this.#first = node.after;
    else node.before.after = node.after;
    if (node.after === undefined) this.#last = node.before;
    else node.after.before = node.before;
    // A node that has grown old would keep all alive that came after it, one through the other.
    node.before = undefined;
    node.after = undefined;
    return true;
  }

  clear(): void {
    while (this.shift() !== undefined);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let node = this.#first; node !== undefined; node = node.after) yield node.item;
  }
}
