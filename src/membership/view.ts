/**
 * Who is present, as one server sees it at one moment: a value, which never changes. The next view
 * shares with it whatever is the same, and so do the views of other servers in this process.
 */

import { bucketCount } from '../gossip/buckets.ts';
import type { Digest } from '../gossip/digest.ts';
import type { ServerId } from '../id.ts';
import type { Circle } from '../overlay/circle.ts';
import { Lately } from './lately.ts';
import type { Member } from './member.ts';
import {
  bitsOf,
  bucketDigests,
  changed,
  find,
  nothing,
  type Part,
  recordsOf,
  setOf,
  union,
  visitIds,
} from './trie.ts';

/** What a change of a view gave. */
interface Step {
  readonly from: View;
  readonly record: Member;
  readonly to: View;
}

/** Steps that are remembered: the changes that are on their way at one time, by the views they meet. */
const steps = new Lately<Step>(256);

/** The view that was last made of a root. */
const views = new Lately<View>(256);

export class View implements Circle {
  readonly digest: Digest;
  readonly size: number;
  readonly #root: Part;
  #digests: readonly Digest[] | undefined;

  private constructor(root: Part) {
    this.#root = root;
    this.size = root.size;
    this.digest = { high: root.high, low: root.low };
  }

  static readonly empty = View.#of(nothing);

  /** Of these; each of another server. */
  static of(members: readonly Member[]): View {
    return View.#of(setOf(members));
  }

  static #of(root: Part): View {
    const known = views.find(root.low, (view) => view.#root === root);
    if (known !== undefined) return known;
    const view = new View(root);
    views.keep(root.low, view);
    return view;
  }

  get(id: ServerId): Member | undefined {
    return find(this.#root, bitsOf(id), id);
  }

  has(id: ServerId): boolean {
    return this.get(id) !== undefined;
  }

  /** All that are present, in an order that is the same for everybody. */
  members(): Iterable<Member> {
    return recordsOf(this.#root);
  }

  /** With that record in the place of an older one, or without its server if it has left. */
  with(record: Member): View {
    const bits = bitsOf(record.id);
    const hash = bits ^ this.#root.low;
    const is = (step: Step) => step.from === this && step.record === record;
    const step = steps.find(hash, is);
    if (step !== undefined) return step.to;
    const known = find(this.#root, bits, record.id);
    if (record.left && known === undefined) return this;
    const change = { bits, known, record: record.left ? undefined : record };
    const to = View.#of(changed(this.#root, change));
    steps.keep(hash, { from: this, record, to });
    return to;
  }

  /** With all of another view; of a server that is in both, with what is here. */
  and(other: View): View {
    return View.#of(union(this.#root, other.#root));
  }

  visit(each: (id: ServerId, high: number, low: number) => void): void {
    visitIds(this.#root, each);
  }

  /** The digest of each bucket; `count` is a power of two. */
  summary(count = bucketCount(this.size)): readonly Digest[] {
    if (this.#digests?.length !== count) this.#digests = bucketDigests(this.#root, count);
    return this.#digests;
  }
}
