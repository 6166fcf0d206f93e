/** Single servers join, leave and crash while nothing else happens: what one change costs. */

import {
  accuracy,
  agreement,
  type Cluster,
  completeness,
  draw,
  type Node,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit } from './shared/circuit.ts';

export default scenario({
  claim: 'news of one join, leave or crash reaches each server about once, and at once',
  /** `events` of each kind. */
  parameters: { servers: 1_000, events: 20 },
  lengthUs: (p) => (30 + p.events * 3 * 6) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement()],
  goals: ['join', 'leave', 'crash'].flatMap((kind) => [
    { measure: `news messages received of a ${kind}`, statistic: 'mean', atMost: 1.5 } as const,
    { measure: `last told of one ${kind}`, statistic: 'max', atMost: 0.25 } as const,
  ]),

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const drawn = draw(cluster.world.random.fork('events'), hosts, p.events * 2);
    // The first news makes the tree along which the next ones go.
    cluster.start();
    await cluster.sleep(OVER_US);
    const watch = new Watch(cluster);
    for (let i = 0; i < p.events; i++) {
      await watch.change('join', () => cluster.start());
      await watch.change('leave', () => cluster.leave(drawn[2 * i] as string));
      await watch.change('crash', () => cluster.crash(drawn[2 * i + 1] as string));
    }
  },
});

/** How long after a change everything that it caused is over. */
const OVER_US = 6 * SECOND;

class Watch {
  readonly #cluster: Cluster;
  #toldAt = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      const type = event.type === 'told' ? event.event.type : undefined;
      if (type === 'joined' || type === 'left') this.#toldAt = cluster.now;
    });
  }

  /** Makes one change, and measures what the servers that saw all of it were told and sent. */
  async change(kind: 'join' | 'leave' | 'crash', make: () => unknown): Promise<void> {
    const cluster = this.#cluster;
    const fromUs = cluster.now;
    const before = cluster.present;
    const counts = new Map(before.map((node) => [node, newsReceived(node)]));
    make();
    await cluster.sleep(OVER_US);
    const witnesses = before.filter((node) => node.endedAt === undefined);
    let messages = 0;
    for (const node of witnesses) messages += newsReceived(node) - (counts.get(node) ?? 0);
    const mean = messages / witnesses.length;
    cluster.measure(`news messages received of a ${kind}`, mean);
    cluster.measure(`last told of one ${kind}`, (this.#toldAt - fromUs) / SECOND, 's');
  }
}

/** A copy: the counters go on. */
function newsReceived({ server }: Node): number {
  return server.membership().counters.newsReceived;
}
