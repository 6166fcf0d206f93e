/** Links between pairs of neighbours go down and up again, every few seconds, for minutes. */

import {
  accuracy,
  agreement,
  draw,
  type Incident,
  order,
  partition,
  SECOND,
  scenario,
} from 'circuit/sim';
import { settledCircuit } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim: 'when the link between two neighbours comes and goes, both stay',
  parameters: { servers: 1_000, links: 20, downSeconds: 5, upSeconds: 3, minutes: 5 },
  lengthUs: (p) => (p.minutes + 0.5) * MINUTE,
  checks: [accuracy(), order(), agreement()],
  goals: [{ measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 }],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const random = cluster.world.random.fork('links');
    const removals = new Removals(cluster);
    const toUs = cluster.now + p.minutes * MINUTE;
    const incidents: Incident[] = [];
    for (const node of draw(random, nodes, p.links)) {
      const [neighbour] = draw(random, node.server.membership().neighbours(), 1);
      const other = neighbour === undefined ? undefined : cluster.node(neighbour);
      if (other === undefined) continue;
      const rule = partition([node.host.name], [other.host.name]);
      const turnUs = (p.downSeconds + p.upSeconds) * SECOND;
      const firstUs = cluster.now + random.below(turnUs);
      for (let at = firstUs; at < toUs; at += turnUs) {
        // Rules are told apart by identity.
        incidents.push({ at, type: 'rule', rule: { ...rule }, forUs: p.downSeconds * SECOND });
      }
    }
    cluster.play(incidents);
    cluster.measure('times a link went down', incidents.length);
    await cluster.sleep(p.minutes * MINUTE);
    removals.measure();
  },
});
