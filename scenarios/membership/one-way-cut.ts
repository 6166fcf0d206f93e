/**
 * Some links between servers and a minority of their neighbours fail in one direction: a firewall
 * that forgot a rule, a switch with half a broken fibre. Each end has its own idea of who is dead.
 */

import {
  accuracy,
  agreement,
  type Cluster,
  draw,
  type Node,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { settledCircuit } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim: 'a server that some of its neighbours cannot reach, or that cannot reach them, stays',
  parameters: { servers: 1_000, victims: 50, minutes: 5 },
  lengthUs: (p) => (p.minutes + 0.5) * MINUTE,
  checks: [accuracy(), order(), agreement()],
  goals: [
    { measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 },
    { measure: 'links cut one way', statistic: 'min', atLeast: 10 },
  ],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const victims = draw(cluster.world.random.fork('victims'), nodes, p.victims);
    const removals = new Removals(cluster);
    const links = linksOf(cluster, victims);
    for (const [index, { from, to }] of links.entries()) {
      const [a, b] = index % 2 === 0 ? [from, to] : [to, from];
      const rule = { type: 'cut', from: [a.host.name], to: [b.host.name] } as const;
      cluster.impose(rule, p.minutes * MINUTE);
    }
    cluster.measure('links cut one way', links.length);
    await cluster.sleep(p.minutes * MINUTE);
    removals.measure();
  },
});

interface Link {
  readonly from: Node;
  readonly to: Node;
}

/**
 * For each victim the links to a minority of its neighbours. These lose no other: who cannot reach a
 * victim must be able to hear the others about it.
 */
function linksOf(cluster: Cluster, victims: readonly Node[]): Link[] {
  const links: Link[] = [];
  const ends = new Set(victims);
  for (const from of victims) {
    const neighbours = from.server.membership().neighbours();
    let lost = 0;
    for (const id of neighbours) {
      const to = cluster.node(id);
      if (to === undefined || ends.has(to) || 2 * (lost + 1) >= neighbours.length) continue;
      links.push({ from, to });
      ends.add(to);
      lost++;
    }
  }
  return links;
}
