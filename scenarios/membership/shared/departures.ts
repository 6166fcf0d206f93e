/** Who was told how often, and when last, of servers that ended. */

import { type Cluster, type Goal, type Node, SECOND } from 'circuit/sim';

const measure = 'times told of one departure';

/** For who measures the times: each is told of each once, neither never nor again. */
export const toldOnce: readonly Goal[] = [
  { measure, statistic: 'min', atLeast: 1 },
  { measure, statistic: 'max', atMost: 1 },
];

export class Departures {
  readonly #cluster: Cluster;
  /** Server that ended => whoever was told => how often. */
  readonly #told = new Map<Node, Map<Node, number>>();
  /** Server that ended => when somebody was told last. */
  readonly #lastAt = new Map<Node, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (event.type === 'ended') this.#told.set(event.node, new Map());
      if (event.type !== 'told' || event.event.type !== 'left') return;
      const subject = cluster.node(event.event.member.id);
      const told = subject === undefined ? undefined : this.#told.get(subject);
      if (subject === undefined || told === undefined || subject === event.node) return;
      told.set(event.node, (told.get(event.node) ?? 0) + 1);
      this.#lastAt.set(subject, cluster.now);
    });
  }

  /** How long after `sinceUs` somebody was told last that one of these had gone, in seconds. */
  last(subjects: readonly Node[], sinceUs: number): number {
    const at = subjects.map((subject) => this.#lastAt.get(subject) ?? sinceUs);
    return (Math.max(...at) - sinceUs) / SECOND;
  }

  /** Measures, for each server that ended and each that saw it end, how often it was told. */
  measureTimes(): void {
    const { present } = this.#cluster;
    for (const [subject, told] of this.#told) {
      for (const node of present) {
        if ((node.joinedAt ?? subject.startedAt) >= (subject.endedAt ?? 0)) continue;
        this.#cluster.measure(measure, told.get(node) ?? 0);
      }
    }
  }
}
