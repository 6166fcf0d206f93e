/** The anchors of this server, and the elements on them, as the methods need them. */

import { parseNames } from '../anchor/path.ts';
import { type Anchor, AnchorTree } from '../anchor/tree.ts';
import type { Share } from '../budget.ts';
import type { Element, ElementKind } from '../element/element.ts';
import { CircuitError, pastLimit } from '../errors.ts';
import type { Log } from '../host/index.ts';
import { type LimitName, type Limits, limits } from '../limits.ts';

const SCRUB = 'scrub those that are done with';

/** The class of an element. */
export type ElementClass<E extends Element> = new (...args: never[]) => E;

export class Namespace {
  readonly tree: AnchorTree<Element>;
  readonly #log: Log;
  readonly #limits: Limits;
  /** Element => what is kept for it, where anything is. */
  readonly #shares = new Map<Element, Share>();
  #elements = 0;
  /** kind => how many elements of it there are; the server itself is not counted. */
  readonly #counts = new Map<ElementKind, number>();

  /** `self` is the element of the server's own anchor. */
  constructor(self: Element, log: Log, bounds: Limits = limits) {
    this.tree = new AnchorTree<Element>(self, bounds.anchorsMax);
    this.#log = log;
    this.#limits = bounds;
  }

  /** Throws NO_SUCH_ANCHOR. */
  find(path: string): Anchor<Element> {
    const anchor = this.tree.find(parseNames(path));
    if (anchor === undefined) {
      throw new CircuitError(
        'NO_SUCH_ANCHOR',
        `nothing is at "/${path}" on this server; "circuit ls -l /Xid/..." shows what is`,
      );
    }
    return anchor;
  }

  /** Throws ANCHOR_BUSY or LIMIT where no element can be made, and BAD_ARGUMENT. */
  assertFree(path: string): void {
    const names = parseNames(path);
    if (names.includes('...')) {
      throw new CircuitError('BAD_ARGUMENT', 'the name "..." means everything below; take another');
    }
    this.tree.assertFree(names);
    const { elementsMax } = this.#limits;
    if (this.#elements < elementsMax) return;
    throw pastLimit(`the server has too many elements: ${SCRUB}`, 'elementsMax', elementsMax);
  }

  /** Throws LIMIT when there are as many elements of a kind already as that limit says. */
  assertRoom(kind: ElementKind, name: LimitName): void {
    const countMax = this.#limits[name];
    if ((this.#counts.get(kind) ?? 0) < countMax) return;
    throw pastLimit(
      `the server has too many elements of the kind ${kind}: ${SCRUB}`,
      ...([name, countMax] as const),
    );
  }

  /** Throws as `assertFree`. `share` is given back when the element goes. */
  attach(path: string, element: Element, share?: Share): Anchor<Element> {
    const anchor = this.tree.attach(parseNames(path), element);
    this.#count(element.kind, 1);
    if (share !== undefined) this.#shares.set(element, share);
    this.#note('made', path, element.kind);
    return anchor;
  }

  /** Removes an element that goes by itself; nothing happens when it is no longer there. */
  release(anchor: Anchor<Element>, element: Element): void {
    if (anchor.element === element) this.#remove(anchor, element);
  }

  /** Returns what was there. */
  scrub(path: string, options: { kill: boolean }): Element | undefined {
    const anchor = this.find(path);
    const { element } = anchor;
    if (element === undefined) return undefined;
    element.scrub(options);
    this.#remove(anchor, element);
    this.#note('scrubbed', path, element.kind);
    return element;
  }

  /** How many elements there are, the server itself not counted. */
  get elements(): number {
    return this.#elements;
  }

  /** How many elements there are, of each kind of which there are any. */
  get counts(): ReadonlyMap<ElementKind, number> {
    return this.#counts;
  }

  /** The element at a path, which must be of one of these classes. Throws WRONG_KIND. */
  get<E extends Element>(path: string, needed: string, ...classes: ElementClass<E>[]): E {
    const { element } = this.find(path);
    for (const type of classes) if (element instanceof type) return element;
    const what = element === undefined ? 'has no element' : `holds a ${element.kind}`;
    throw new CircuitError('WRONG_KIND', `"/${path}" ${what}; this needs a ${needed}`);
  }

  #remove(anchor: Anchor<Element>, element: Element): void {
    this.tree.detach(anchor);
    this.#count(element.kind, -1);
    this.#shares.get(element)?.close();
    this.#shares.delete(element);
  }

  #count(kind: ElementKind, by: number): void {
    this.#elements += by;
    const count = (this.#counts.get(kind) ?? 0) + by;
    if (count > 0) this.#counts.set(kind, count);
    else this.#counts.delete(kind);
  }

  #note(event: string, path: string, kind: ElementKind): void {
    this.#log.write('info', event, { path, kind });
  }
}
