/**
 * G3: what one observer is told about one server alternates join, leave, join, with incarnations
 * that do not fall and rise from one join to the next; and who left for good does not come back.
 */

import type { ServerId } from '../../src/id.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Last } from '../told.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** G3: of one server, joins and leaves alternate, with incarnations that rise. */
export function order(): CheckerFactory {
  return (cluster) => new Order(cluster);
}

class Order implements Checker {
  readonly guarantee = 'G3 order';
  observed = 0;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (event.type !== 'told') return;
      const { type } = event.event;
      if (type !== 'joined' && type !== 'left') return;
      const { id, incarnation } = event.event.member;
      this.#check(event.node, id, event.before, { type, incarnation });
    });
  }

  atEnd(): void {}

  #check(observer: Node, subject: ServerId, before: Last | undefined, next: Last): void {
    this.observed++;
    const problem = problemOf(before, next, this.#cluster.node(subject));
    if (problem === undefined) return;
    this.#cluster.violate(
      this.guarantee,
      `${observer.host.name} was told "${next.type}" of ${subject} at incarnation ` +
        `${next.incarnation}: ${problem}`,
    );
  }
}

function problemOf(last: Last | undefined, next: Last, subject: Node | undefined) {
  if (subject === undefined) return 'no such server was ever started';
  if (last === undefined) return next.type === 'left' ? 'it was never announced' : undefined;
  if (last.type === next.type) return `"${last.type}" came twice in a row`;
  if (next.incarnation < last.incarnation) return 'the incarnation fell';
  if (next.type === 'left') return undefined;
  if (next.incarnation === last.incarnation) return 'it came back without a new incarnation';
  return subject.ending === 'leave' ? 'it had left for good' : undefined;
}
