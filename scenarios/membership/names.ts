/**
 * Two circuits of different names meet: one server is given an address of the other circuit, and
 * servers of one come up where servers of the other were, whom their circuit still asks for there.
 */

import { CircuitError } from 'circuit';
import {
  accuracy,
  agreement,
  type Checker,
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
  claim: 'circuits of different names never mix, and who joins the wrong one is told so',
  parameters: { servers: 1_000, moves: 20, seconds: 60 },
  lengthUs: (p) => (p.seconds + 60) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), (cluster) => new Apart(cluster)],
  goals: [
    { measure: 'joins refused for the name', statistic: 'min', atLeast: 3 },
    { measure: 'a refused join is told', statistic: 'max', atMost: 1 },
  ],

  async run(cluster, p) {
    const half = Math.floor(p.servers / 2);
    const red = await settledCircuit(cluster, half, { circuit: 'red', named: 'red' });
    const blue = await settledCircuit(cluster, half, { circuit: 'blue', named: 'blue' });
    const nameless = cluster.start({ circuit: 'nameless', alone: true });
    const pairs = [
      [red[0], blue[0]],
      [blue[1], red[1]],
      [nameless, red[2]],
    ] as const;
    let refused = 0;
    for (const [node, to] of pairs) {
      if (node !== undefined && to !== undefined && (await isRefused(cluster, node, to))) refused++;
    }
    cluster.measure('joins refused for the name', refused);

    const moving = draw(cluster.world.random.fork('moves'), hostsOf(red).slice(3), p.moves);
    for (const [index, name] of moving.entries()) {
      if (index % 2 === 0) cluster.crash(name);
      else cluster.dark(name);
    }
    await cluster.sleep(SECOND / 2);
    for (const name of moving) cluster.start({ name, circuit: 'blue', named: 'blue' });
    await cluster.sleep(p.seconds * SECOND);
  },
});

async function isRefused(cluster: Cluster, node: Node, to: Node): Promise<boolean> {
  const fromUs = cluster.now;
  try {
    await cluster.join(node, to);
  } catch (error) {
    cluster.measure('a refused join is told', (cluster.now - fromUs) / SECOND, 's');
    return error instanceof CircuitError && error.code === 'WRONG_CIRCUIT';
  }
  return false;
}

/** Nobody is told of a server of another circuit, not even for a moment. */
class Apart implements Checker {
  readonly guarantee = 'circuits stay apart';
  observed = 0;

  constructor(cluster: Cluster) {
    cluster.observe((event) => {
      if (event.type !== 'told' || event.event.type !== 'joined') return;
      this.observed++;
      const other = cluster.node(event.event.member.id);
      if (other === undefined || other.circuit === event.node.circuit) return;
      const { host, circuit } = event.node;
      const whose = `${other.host.name} of "${other.circuit}"`;
      cluster.violate(this.guarantee, `${host.name} of "${circuit}" was told of ${whose}`);
    });
  }

  atEnd(): void {}
}
