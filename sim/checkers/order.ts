/**
 * G3: what one observer is told about one server alternates join, leave, join, with incarnations
 * that do not fall and rise from one join to the next; and who left for good does not come back.
 */

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
      this.observed++;
      const { node, before, subject } = event;
      const problem =
        problemOf(before, type, incarnation, subject) ??
        (type === 'joined' && before !== undefined && subject?.ending === 'leave'
          ? this.#problemOfReturn(node, subject, incarnation)
          : undefined);
      if (problem === undefined) return;
      cluster.violate(
        this.guarantee,
        `${node.host.name} was told "${type}" of ${id} at incarnation ` +
          `${incarnation}: ${problem}`,
      );
    });
  }

  atEnd(): void {}

  /** That it came back before it left may be news still, to one that need not know that it left. */
  #problemOfReturn(node: Node, subject: Node, incarnation: number): string | undefined {
    const { now, truth } = this.#cluster;
    const isNews = incarnation <= subject.server.membership().self.incarnation;
    const endedAt = subject.endedAt ?? now;
    const newsUntil = Math.max(endedAt, truth.clearAt(node, subject)) + truth.bounds.leave;
    return isNews && now <= newsUntil ? undefined : 'it had left for good';
  }
}

function problemOf(
  last: Last | undefined,
  type: Last['type'],
  incarnation: number,
  subject: Node | undefined,
): string | undefined {
  if (subject === undefined) return 'no such server was ever started';
  if (last === undefined) return type === 'left' ? 'it was never announced' : undefined;
  if (last.type === type) return `"${last.type}" came twice in a row`;
  if (incarnation < last.incarnation) return 'the incarnation fell';
  const isSame = type === 'joined' && incarnation === last.incarnation;
  return isSame ? 'it came back without a new incarnation' : undefined;
}
