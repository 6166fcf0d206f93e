/** What each server has told its observer of the others, for the checkers that compare. */

import type { ServerId } from '../../src/id.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';

export class Told {
  readonly #views = new Map<ServerId, Set<ServerId>>();

  constructor(cluster: Cluster) {
    cluster.observe((event) => {
      if (event.type === 'gone') this.#views.delete(event.node.id);
      if (event.type !== 'told' || !('member' in event.event)) return;
      const { type, member } = event.event;
      const view = this.viewOf(event.node);
      if (type === 'joined') view.add(member.id);
      else view.delete(member.id);
    });
  }

  /** Those announced to this node and not taken back. */
  viewOf(node: Node): Set<ServerId> {
    let view = this.#views.get(node.id);
    if (view === undefined) {
      view = new Set();
      this.#views.set(node.id, view);
    }
    return view;
  }
}
