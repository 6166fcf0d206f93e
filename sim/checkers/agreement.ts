/**
 * G4: once changes have stopped and the network is whole, every server of a circuit tells of exactly
 * the servers of it that are up, at the same incarnations, and its view agrees with what it told:
 * within the convergence bound after the last change, and at the end.
 *
 * Digests are compared ten times a second until they agree, and collected is how long that took.
 */

import { MS, SECOND } from '../../src/time.ts';
import type { Cluster } from '../cluster.ts';
import type { ClusterEvent, Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** G4: once changes have stopped, every view of a circuit is that of the servers that are up. */
export function agreement(): CheckerFactory {
  return (cluster) => new Agreement(cluster);
}

const POLL_US = 100 * MS;

class Agreement implements Checker {
  readonly guarantee = 'G4 agreement';
  observed = 0;
  readonly #cluster: Cluster;
  #changedAt = 0;
  #polling = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (changes.has(event.type)) this.#changed();
    });
  }

  atEnd(): void {
    this.#judge('');
  }

  #changed(): void {
    this.#changedAt = this.#cluster.now;
    if (this.#polling) return;
    this.#polling = true;
    this.#cluster.world.after(POLL_US, () => this.#poll());
  }

  #poll(): void {
    const { now, truth, world } = this.#cluster;
    const { wholeAt, bounds } = truth;
    // Until it is healed nothing can be said; healing is a change of its own.
    if (wholeAt === Number.POSITIVE_INFINITY) {
      this.#polling = false;
      return;
    }
    const quietAt = Math.max(this.#changedAt, wholeAt);
    if (now < quietAt) {
      world.after(quietAt - now, () => this.#poll());
      return;
    }
    if (this.#agreed()) {
      this.#polling = false;
      this.#cluster.measure('agreement after the last change', (now - quietAt) / SECOND, 's');
      return;
    }
    if (now < quietAt + bounds.convergence) {
      world.after(POLL_US, () => this.#poll());
      return;
    }
    this.#polling = false;
    this.#judge(` ${bounds.convergence / SECOND} s after the last change`);
  }

  /** Whether all views are alike, and as many servers are in them as are up: cheap to ask. */
  #agreed(): boolean {
    for (const truth of this.#circuits()) {
      const digest = truth[0]?.server.membership().digest;
      for (const node of truth) {
        if (node.joinedAt === undefined || digest === undefined) return false;
        if (this.#cluster.told.count(node) !== truth.length) return false;
        const { high, low } = node.server.membership().digest;
        if (high !== digest.high || low !== digest.low) return false;
      }
      if (truth[0] !== undefined && this.#problem(truth[0], truth) !== undefined) return false;
    }
    return true;
  }

  #judge(when: string): void {
    for (const truth of this.#circuits()) {
      for (const node of truth) {
        this.observed++;
        const problem = this.#problem(node, truth);
        if (problem === undefined) continue;
        this.#cluster.violate(this.guarantee, `${node.host.name} ${problem}${when}`);
      }
    }
  }

  /** The servers that are up, by circuit. */
  #circuits(): Iterable<readonly Node[]> {
    const circuits = new Map<string, Node[]>();
    for (const node of this.#cluster.present) {
      const nodes = circuits.get(node.circuit);
      if (nodes === undefined) circuits.set(node.circuit, [node]);
      else nodes.push(node);
    }
    return circuits.values();
  }

  #problem(node: Node, truth: readonly Node[]): string | undefined {
    const { told } = this.#cluster;
    const membership = node.server.membership();
    for (const other of truth) {
      if (!told.has(node, other)) return `does not tell of ${other.host.name}, which is up`;
      const held = membership.lookup(other.id);
      if (held === undefined || held === 'departed') return `does not know ${other.host.name}`;
      const own = other.server.membership().self.incarnation;
      if (held.incarnation !== own) {
        return `has ${other.host.name} at incarnation ${held.incarnation}; it is at ${own}`;
      }
    }
    const count = told.count(node);
    if (count !== truth.length) return `tells of ${count} servers; ${truth.length} are up`;
    const view = node.server.members().length;
    return view === count ? undefined : `has ${view} members, and told of ${count}`;
  }
}

const changes: ReadonlySet<ClusterEvent['type']> = new Set([
  'started',
  'joined',
  'ended',
  'gone',
  'merged',
  'faulted',
  'healed',
]);
