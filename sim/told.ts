/**
 * What each server has told its observer of each other one last. Kept once for all checkers, as one
 * number for each pair: a thousand servers tell of a thousand, and of all that came before them.
 */

import type { ServerId } from '../src/id.ts';
import type { ServerEvent } from '../src/server/server.ts';
import type { Node } from './node.ts';

/** What was told last. */
export interface Last {
  readonly type: 'joined' | 'left';
  readonly incarnation: number;
}

/** Incarnations above are taken for this one: no server of a simulation comes near. */
const INCARNATION_MAX = 2 ** 29;

/** What one observer was told. */
interface View {
  /** subject's index => 0: nothing, else twice the incarnation + 1, and 1 more when it is present. */
  lasts: Int32Array;
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
    return this.#code(observer, subject) % 2 === 0 && this.#code(observer, subject) > 0;
  }

  /** What that server told of the other one last; undefined when nothing. */
  last(observer: Node, subject: Node): Last | undefined {
    const code = this.#code(observer, subject);
    if (code === 0) return undefined;
    return { type: code % 2 === 0 ? 'joined' : 'left', incarnation: (code - 1) >> 1 };
  }

  /** How many that server tells of as present. */
  count(observer: Node): number {
    return this.#views[observer.index]?.present ?? 0;
  }

  /** Takes in what was told; returns what had been told of the same server before. */
  hear(observer: Node, event: ServerEvent): Last | undefined {
    if (event.type !== 'joined' && event.type !== 'left') return undefined;
    const subject = this.#nodes.get(event.member.id);
    if (subject === undefined) return undefined;
    const before = this.last(observer, subject);
    const isPresent = event.type === 'joined';
    const view = this.#viewOf(observer, subject.index);
    if (isPresent !== (before?.type === 'joined')) view.present += isPresent ? 1 : -1;
    const incarnation = Math.min(event.member.incarnation, INCARNATION_MAX);
    view.lasts[subject.index] = incarnation * 2 + (isPresent ? 2 : 1);
    return before;
  }

  /** Nothing more is heard of that server. */
  forget(observer: Node): void {
    this.#views[observer.index] = undefined;
  }

  #code(observer: Node, subject: Node): number {
    return this.#views[observer.index]?.lasts[subject.index] ?? 0;
  }

  #viewOf(observer: Node, index: number): View {
    let view = this.#views[observer.index];
    if (view === undefined) {
      view = { lasts: new Int32Array(0), present: 0 };
      this.#views[observer.index] = view;
    }
    if (index >= view.lasts.length) {
      const grown = new Int32Array(Math.max(this.#nodes.size, index + 1 + (index >> 2)));
      grown.set(view.lasts);
      view.lasts = grown;
    }
    return view;
  }
}
