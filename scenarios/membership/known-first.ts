/**
 * Clients call servers in the very moment in which these have joined, through servers that may not
 * have heard of them yet, while others come and go. The caller's server must find the new one, and
 * the new one must hear of the caller's before it acts on what it asks.
 */

import type { Client } from 'circuit';
import {
  accuracy,
  agreement,
  type Checker,
  type Cluster,
  completeness,
  draw,
  knownFirst,
  type Node,
  order,
  SECOND,
  scenario,
  sessions,
} from 'circuit/sim';
import { hostsOf, settledCircuit } from './shared/circuit.ts';

export default scenario({
  claim: 'the path of a server that joined a moment ago works through any other server at once',
  parameters: { servers: 1_000, clients: 50, newcomers: 200, gapMs: 300, medianMinutes: 10 },
  lengthUs: (p) => 40 * SECOND + p.newcomers * p.gapMs * 1_000,
  checks: [completeness(), accuracy(), order(), agreement(), knownFirst()],
  goals: [{ measure: 'call of a newcomer', statistic: 'max', atMost: 1 }],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const random = cluster.world.random;
    const steady = draw(random.fork('clients'), nodes, p.clients);
    const clients = await Promise.all(steady.map((node) => cluster.client(node)));
    const others = hostsOf(nodes.filter((node) => !steady.includes(node)));
    const gapUs = p.gapMs * 1_000;
    cluster.play(
      sessions(random.fork('sessions'), {
        hosts: others,
        fromUs: cluster.now,
        toUs: cluster.now + p.newcomers * gapUs,
        medianUs: p.medianMinutes * 60 * SECOND,
        ways: { crash: 2, dark: 1, leave: 1 },
      }),
    );
    const calls = cluster.check(new Calls(cluster));
    const chance = random.fork('calls');
    for (let i = 0; i < p.newcomers; i++) {
      const node = cluster.start();
      calls.whenJoined(node, draw(chance, clients, 3));
      await cluster.sleep(gapUs);
    }
    await cluster.sleep(5 * SECOND);
  },
});

class Calls implements Checker {
  readonly guarantee = 'G5 a path works at once';
  observed = 0;
  readonly #cluster: Cluster;
  /** Newcomer => who calls it once it has joined. */
  readonly #waiting = new Map<Node, readonly Client[]>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (event.type !== 'joined') return;
      for (const [index, client] of (this.#waiting.get(event.node) ?? []).entries()) {
        void this.#call(client, event.node, index);
      }
      this.#waiting.delete(event.node);
    });
  }

  whenJoined(node: Node, clients: readonly Client[]): void {
    this.#waiting.set(node, clients);
  }

  atEnd(): void {}

  async #call(client: Client, node: Node, index: number): Promise<void> {
    const cluster = this.#cluster;
    const fromUs = cluster.now;
    try {
      await client.walk(`/${node.id}/c${index}`).makeChan(1);
      this.observed++;
      cluster.measure('call of a newcomer', (cluster.now - fromUs) / SECOND, 's');
    } catch (error) {
      cluster.violate(this.guarantee, `a call of ${node.host.name} failed: ${String(error)}`);
    }
  }
}
