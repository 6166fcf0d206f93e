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

  constructor(cluster: Cluster) {
    cluster.observe((event) => {
      if (event.type !== 'told') return;
      const { type } = event.event;
      if (type !== 'joined' && type !== 'left') return;
      const { id, incarnation } = event.event.member;
      this.observed++;
      const problem = problemOf(event.before, type, incarnation, event.subject);
      if (problem === undefined) return;
      cluster.violate(
        this.guarantee,
        `${event.node.host.name} was told "${type}" of ${id} at incarnation ` +
          `${incarnation}: ${problem}`,
      );
    });
  }

  atEnd(): void {}
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
  if (type === 'left') return undefined;
  if (incarnation === last.incarnation) return 'it came back without a new incarnation';
  // That it came back before it left may be news here still.
  const cameBack = incarnation <= subject.server.membership().self.incarnation;
  return subject.ending === 'leave' && !cameBack ? 'it had left for good' : undefined;
}
