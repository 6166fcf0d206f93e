/**
 * G3: what one observer is told about one server alternates join, leave, join, with incarnations
 * that do not fall and rise from one join to the next; and who left for good does not come back.
 */

import type { ServerId } from '../../src/id.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';

export function order(): CheckerFactory {
  return (cluster) => new Order(cluster);
}

interface Last {
  readonly type: 'joined' | 'left';
  readonly incarnation: number;
}

class Order implements Checker {
  readonly guarantee = 'G3 order';
  observed = 0;
  readonly #cluster: Cluster;
  /** Observer => subject => what it was told last. */
  readonly #last = new Map<ServerId, Map<ServerId, Last>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (event.type === 'gone') this.#last.delete(event.node.id);
      if (event.type !== 'told' || !('member' in event.event)) return;
      const { type, member } = event.event;
      this.#check(event.node, member.id, { type, incarnation: member.incarnation });
    });
  }

  atEnd(): void {}

  #check(observer: Node, subject: ServerId, next: Last): void {
    this.observed++;
    let lasts = this.#last.get(observer.id);
    if (lasts === undefined) {
      lasts = new Map();
      this.#last.set(observer.id, lasts);
    }
    const problem = this.#problem(lasts.get(subject), next, this.#cluster.node(subject));
    lasts.set(subject, next);
    if (problem === undefined) return;
    this.#cluster.violate(
      this.guarantee,
      `${observer.host.name} was told "${next.type}" of ${subject} at incarnation ` +
        `${next.incarnation}: ${problem}`,
    );
  }

  #problem(last: Last | undefined, next: Last, subject: Node | undefined): string | undefined {
    if (subject === undefined) return 'no such server was ever started';
    if (last === undefined) return next.type === 'left' ? 'it was never announced' : undefined;
    if (last.type === next.type) return `"${last.type}" came twice in a row`;
    if (next.incarnation < last.incarnation) return 'the incarnation fell';
    if (next.type === 'left') return undefined;
    if (next.incarnation === last.incarnation) return 'it came back without a new incarnation';
    return subject.ending === 'leave' ? 'it had left for good' : undefined;
  }
}
