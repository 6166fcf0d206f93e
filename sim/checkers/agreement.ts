/**
 * G4: once changes have stopped and the network is whole, every server tells of exactly the servers
 * that are up, at the same incarnations, and its view agrees with what it told.
 */

import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';
import { Told } from './told.ts';

export function agreement(): CheckerFactory {
  return (cluster) => new Agreement(cluster);
}

class Agreement implements Checker {
  readonly guarantee = 'G4 agreement';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #told: Told;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#told = new Told(cluster);
  }

  atEnd(): void {
    const truth = this.#cluster.present;
    for (const node of truth) {
      this.observed++;
      const problem = this.#problem(node, truth);
      if (problem === undefined) continue;
      this.#cluster.violate(this.guarantee, `${node.host.name} ${problem}`);
    }
  }

  #problem(node: Node, truth: readonly Node[]): string | undefined {
    const told = this.#told.viewOf(node);
    const membership = node.server.membership();
    for (const other of truth) {
      if (!told.has(other.id)) return `does not tell of ${other.host.name}, which is up`;
      const held = membership.lookup(other.id);
      if (held === undefined || held === 'departed') return `does not know ${other.host.name}`;
      const own = other.server.membership().self.incarnation;
      if (held.incarnation !== own) {
        return `has ${other.host.name} at incarnation ${held.incarnation}; it is at ${own}`;
      }
    }
    if (told.size !== truth.length) {
      return `tells of ${told.size} servers; ${truth.length} are up`;
    }
    const view = node.server.members().length;
    return view === told.size ? undefined : `has ${view} members, and told of ${told.size}`;
  }
}
