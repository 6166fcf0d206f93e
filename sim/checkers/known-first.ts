/**
 * G5: a server acts on no message that originates at another one which it has not told of as
 * present: whoever keeps something for each server has made room for it before it is needed.
 */

import type { ServerId } from '../../src/id.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** G5: a server acts on nothing of another one before it has announced it. */
export function knownFirst(): CheckerFactory {
  return (cluster) => new KnownFirst(cluster);
}

class KnownFirst implements Checker {
  readonly guarantee = 'G5 known first';
  observed = 0;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (event.type !== 'told' || event.event.type !== 'served') return;
      this.#check(event.node, event.event.from, event.event.method);
    });
  }

  atEnd(): void {}

  #check(node: Node, from: ServerId, method: string): void {
    this.observed++;
    const caller = this.#cluster.node(from);
    const last = caller === undefined ? undefined : this.#cluster.told.last(node, caller);
    if (last?.type === 'joined') return;
    const why = last === undefined ? 'of which it has not told' : 'which it has told to be gone';
    this.#cluster.violate(
      this.guarantee,
      `${node.host.name} acted on "${method}" of ${caller?.host.name ?? 'nobody'} (${from}), ${why}`,
    );
  }
}
