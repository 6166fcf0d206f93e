/** Servers that are up, and were told to have left all the same: by whom, and how often. */

import type { Cluster, Node } from 'circuit/sim';

export class Removals {
  readonly #cluster: Cluster;
  readonly #faulty: ReadonlySet<string>;
  /** Faulty server => healthy server => how often that was told that it left. */
  readonly #faultyTold = new Map<Node, Map<Node, number>>();
  #slandered = 0;
  #givenUp = 0;

  /** `faulty`: the hosts that something ails, some of the time. */
  constructor(cluster: Cluster, faulty: readonly string[] = []) {
    this.#cluster = cluster;
    this.#faulty = new Set(faulty);
    cluster.observe((event) => {
      if (event.type !== 'told' || event.event.type !== 'left') return;
      const subject = cluster.node(event.event.member.id);
      if (subject !== undefined && subject.endedAt === undefined) this.#left(event.node, subject);
    });
  }

  /** Measures what came of it: to be called at the end. */
  measure(): void {
    const cluster = this.#cluster;
    cluster.measure('healthy servers told to have left', this.#slandered);
    if (this.#faulty.size === 0) return;
    cluster.measure('healthy servers that faulty ones gave up', this.#givenUp);
    for (const name of this.#faulty) {
      const node = cluster.on(name);
      const told = node === undefined ? undefined : this.#faultyTold.get(node);
      cluster.measure('times a faulty server was removed', Math.max(0, ...(told?.values() ?? [])));
    }
  }

  #left(observer: Node, subject: Node): void {
    const byFaulty = this.#faulty.has(observer.host.name);
    if (!this.#faulty.has(subject.host.name)) {
      if (byFaulty) this.#givenUp++;
      else this.#slandered++;
    } else if (!byFaulty) {
      let told = this.#faultyTold.get(subject);
      if (told === undefined) {
        told = new Map();
        this.#faultyTold.set(subject, told);
      }
      told.set(observer, (told.get(observer) ?? 0) + 1);
    }
  }
}
