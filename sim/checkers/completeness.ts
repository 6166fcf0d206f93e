/**
 * G1: a server that crashed, left or vanished is gone from what every server tells, within the
 * detection bound; and one that vanished without a word is not given up before its silence can
 * mean anything.
 */

import { SECOND } from '../../src/time.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';
import { Told } from './told.ts';

export interface DetectionBounds {
  /** Latest, in us, after each way to end. */
  readonly crash: number;
  readonly dark: number;
  readonly leave: number;
  /** Earliest after a host went dark, unless another server answers in its place by then. */
  readonly darkEarliest: number;
}

/**
 * What the LAN profile promises. A killed process is known by its broken connections, in hops of
 * the overlay; silence takes until somebody's turn to probe comes, then 3 s of no answer.
 */
export const lanBounds: DetectionBounds = {
  crash: 1 * SECOND,
  dark: 12 * SECOND,
  leave: 1 * SECOND,
  darkEarliest: 2 * SECOND,
};

export function completeness(bounds: DetectionBounds = lanBounds): CheckerFactory {
  return (cluster) => new Completeness(cluster, bounds);
}

class Completeness implements Checker {
  readonly guarantee = 'G1 completeness';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #bounds: DetectionBounds;
  readonly #told: Told;

  constructor(cluster: Cluster, bounds: DetectionBounds) {
    this.#cluster = cluster;
    this.#bounds = bounds;
    this.#told = new Told(cluster);
    cluster.observe((event) => {
      if (event.type === 'ended') this.#expect(event.node);
      if (event.type === 'told' && event.event.type === 'left') {
        this.#notEarly(event.node, cluster.node(event.event.member.id));
      }
    });
  }

  atEnd(): void {
    for (const node of this.#cluster.present) {
      for (const id of this.#told.viewOf(node)) {
        const subject = this.#cluster.node(id);
        if (subject?.endedAt !== undefined) this.#late(node, subject);
      }
    }
  }

  #expect(subject: Node): void {
    const ending = subject.ending ?? 'crash';
    this.#cluster.world.after(this.#bounds[ending], () => {
      for (const node of this.#cluster.present) {
        if (node.joinedAt === undefined || node.excusedUntil > this.#cluster.now) continue;
        this.observed++;
        if (this.#told.viewOf(node).has(subject.id)) this.#late(node, subject);
      }
    });
  }

  #late(node: Node, subject: Node): void {
    const since = ((this.#cluster.now - (subject.endedAt ?? 0)) / SECOND).toFixed(3);
    this.#cluster.violate(
      this.guarantee,
      `${node.host.name} still tells of ${subject.host.name} (${subject.id}), ` +
        `${since} s after its end (${subject.ending})`,
    );
  }

  #notEarly(node: Node, subject: Node | undefined): void {
    if (subject?.ending !== 'dark' || subject.endedAt === undefined) return;
    const silent = this.#cluster.now - subject.endedAt;
    const replaced = this.#cluster.on(subject.host.name) !== undefined;
    if (silent >= this.#bounds.darkEarliest || replaced || subject.excusedUntil > 0) return;
    this.#cluster.violate(
      this.guarantee,
      `${node.host.name} gave up ${subject.host.name} after ${(silent / SECOND).toFixed(3)} s of ` +
        'silence, too early to know',
    );
  }
}
