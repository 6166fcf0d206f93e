/**
 * The namespace below one server. An anchor exists while it holds an element or leads to one, and
 * vanishes with the last of them.
 */

import { CircuitError, pastLimit } from '../errors.ts';
import { limits } from '../limits.ts';

export interface Anchor<E> {
  readonly name: string;
  readonly parent: Anchor<E> | undefined;
  readonly children: Map<string, Anchor<E>>;
  element: E | undefined;
}

/** One line of a listing: names joined by `/`, below the anchor listed. */
export interface Entry<E> {
  readonly path: string;
  readonly element: E | undefined;
}

export class AnchorTree<E> {
  readonly #root: Anchor<E>;
  readonly #anchorsMax: number;
  #count = 1;

  /** The root holds the server's own element, which can neither be replaced nor removed. */
  constructor(server: E, anchorsMax: number = limits.anchorsMax) {
    this.#anchorsMax = anchorsMax;
    this.#root = { name: '', parent: undefined, children: new Map(), element: server };
  }

  /** Anchors, empty ones included. */
  get size(): number {
    return this.#count;
  }

  find(names: readonly string[]): Anchor<E> | undefined {
    let anchor: Anchor<E> | undefined = this.#root;
    for (const name of names) {
      anchor = anchor.children.get(name);
      if (anchor === undefined) return undefined;
    }
    return anchor;
  }

  /** Puts an element at a path, creating the anchors on the way. Throws ANCHOR_BUSY or LIMIT. */
  attach(names: readonly string[], element: E): Anchor<E> {
    this.assertFree(names);
    let anchor = this.#root;
    for (const name of names) {
      let child = anchor.children.get(name);
      if (child === undefined) {
        child = { name, parent: anchor, children: new Map(), element: undefined };
        anchor.children.set(name, child);
        this.#count++;
      }
      anchor = child;
    }
    anchor.element = element;
    return anchor;
  }

  /** Throws ANCHOR_BUSY or LIMIT when no element can be put there. */
  assertFree(names: readonly string[]): void {
    if (this.find(names)?.element !== undefined) {
      throw new CircuitError(
        'ANCHOR_BUSY',
        'the anchor already has an element; scrub it first or choose another path',
      );
    }
    if (this.#count + names.length > this.#anchorsMax) {
      const what = 'the server has no room for more anchors: scrub elements that are done with';
      throw pastLimit(what, 'anchorsMax', this.#anchorsMax);
    }
  }

  /** Removes the element, and the anchors that nothing holds any more. */
  detach(anchor: Anchor<E>): void {
    anchor.element = undefined;
    let empty = anchor;
    while (
      empty.parent !== undefined &&
      empty.children.size === 0 &&
      empty.element === undefined &&
      empty.parent.children.get(empty.name) === empty
    ) {
      empty.parent.children.delete(empty.name);
      this.#count--;
      empty = empty.parent;
    }
  }

  /** Every element but that of the root, with its path: parents first, older anchors first. */
  elements(): Iterable<readonly [string, E]> {
    return elementsBelow(this.#root, '');
  }

  /** The children of an anchor by name, or its whole subtree, parents before children. */
  list(anchor: Anchor<E>, recursive: boolean): Entry<E>[] {
    const entries: Entry<E>[] = [];
    this.#collect(anchor, '', recursive, entries);
    return entries;
  }

  #collect(anchor: Anchor<E>, prefix: string, recursive: boolean, into: Entry<E>[]): void {
    const names = [...anchor.children.keys()].sort();
    for (const name of names) {
      const child = anchor.children.get(name) as Anchor<E>;
      into.push({ path: prefix + name, element: child.element });
      if (recursive) this.#collect(child, `${prefix}${name}/`, true, into);
    }
  }
}

function* elementsBelow<E>(anchor: Anchor<E>, prefix: string): Iterable<readonly [string, E]> {
  for (const child of anchor.children.values()) {
    const path = prefix + child.name;
    if (child.element !== undefined) yield [path, child.element];
    yield* elementsBelow(child, `${path}/`);
  }
}
