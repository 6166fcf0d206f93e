/**
 * What each server has told its observer of each other one last. Kept once for all checkers, as one
 * byte for each pair: ten thousand servers tell of ten thousand, and of all that came before them.
 */

import type { ServerId } from '../src/id.ts';
import type { Node } from './node.ts';

/** What was told last. */
export interface Last {
  readonly type: 'joined' | 'left';
  readonly incarnation: number;
}

/** What does not fit into a byte, or is above: see `lasts`. */
const LARGE = 255;

/** What one observer was told. */
interface View {
  /** subject's index => 0: nothing, else twice the incarnation + 1, and 1 more when it is present. */
  lasts: Uint8Array;
  /** subject's index => the same for those that are LARGE there. Servers seldom come back as often. */
  large: Map<number, number> | undefined;
  present: number;
}

/** What each server has told its observer of each other one last. */
export class Told {
  /** observer's index => what it was told; none when it is gone. */
  readonly #views: (View | undefined)[] = [];
  readonly #nodes: ReadonlyMap<ServerId, Node>;

  /** `nodes`: all that were ever started, kept up to date by the caller. */
  constructor(nodes: ReadonlyMap<ServerId, Node>) {
    this.#nodes = nodes;
  }

  /** Whether that server tells of the other as present. */
  has(observer: Node, subject: Node): boolean {
    const code = codeOf(this.#views[observer.index], subject.index);
    return code > 0 && code % 2 === 0;
  }

  /** What that server told of the other one last; undefined when nothing. */
  last(observer: Node, subject: Node): Last | undefined {
    return lastOf(codeOf(this.#views[observer.index], subject.index));
  }

  /** How many that server tells of as present. */
  count(observer: Node): number {
    return this.#views[observer.index]?.present ?? 0;
  }

  /** Takes in what was told of a subject; returns what had been told of it before. */
  hear(observer: Node, subject: Node, told: Last): Last | undefined {
    const view = this.#viewOf(observer, subject.index);
    const before = codeOf(view, subject.index);
    const isPresent = told.type === 'joined';
    const wasPresent = before > 0 && before % 2 === 0;
    if (isPresent !== wasPresent) view.present += isPresent ? 1 : -1;
    const code = told.incarnation * 2 + (isPresent ? 2 : 1);
    view.lasts[subject.index] = Math.min(code, LARGE);
    if (code >= LARGE) {
      view.large ??= new Map();
      view.large.set(subject.index, code);
    }
    return lastOf(before);
  }

  /** Nothing more is heard of that server. */
  forget(observer: Node): void {
    this.#views[observer.index] = undefined;
  }

  #viewOf(observer: Node, index: number): View {
    let view = this.#views[observer.index];
    if (view === undefined) {
      view = { lasts: new Uint8Array(0), large: undefined, present: 0 };
      this.#views[observer.index] = view;
    }
    if (index >= view.lasts.length) {
      const grown = new Uint8Array(Math.max(this.#nodes.size, index + 1 + (index >> 3)));
      grown.set(view.lasts);
      view.lasts = grown;
    }
    return view;
  }
}

function codeOf(view: View | undefined, index: number): number {
  const code = view?.lasts[index] ?? 0;
  return code === LARGE ? (view?.large?.get(index) ?? 0) : code;
}

function lastOf(code: number): Last | undefined {
  if (code === 0) return undefined;
  return { type: code % 2 === 0 ? 'joined' : 'left', incarnation: Math.floor((code - 1) / 2) };
}
