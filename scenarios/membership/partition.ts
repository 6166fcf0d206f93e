/**
 * The circuit falls apart, into halves, thirds, or all but one: each side goes on by itself and
 * knows exactly its own. Then the network is whole again, and nobody tells the sides.
 */

import {
  accuracy,
  agreement,
  completeness,
  expander,
  merge,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';

export default scenario({
  claim: 'within each side of a cut nobody is told to have left, and after it all are one circuit',
  /** sides: into how many equal parts the circuit falls; 1: one server is cut off from all others. */
  parameters: { servers: 1_000, sides: 2, seconds: 60 },
  lengthUs: (p) => (p.seconds + 60) * SECOND,
  checks: [
    completeness(),
    accuracy(),
    order(),
    agreement(),
    merge(),
    expander({ graceUs: 30 * SECOND }),
  ],
  goals: [{ measure: 'one circuit after the cut', statistic: 'max', atMost: 15 }],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const forUs = p.seconds * SECOND;
    const size = p.sides === 1 ? 1 : Math.ceil(hosts.length / p.sides);
    const groups = Array.from({ length: Math.max(1, p.sides - 1) }, (_, side) =>
      hosts.slice(side * size, (side + 1) * size),
    );
    cluster.split(groups, forUs);
    await cluster.sleep(forUs);
    await untilAgreed(cluster, 'one circuit after the cut', { forUs: 60 * SECOND });
  },
});
