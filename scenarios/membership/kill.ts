/**
 * Processes are killed one after another. Their kernels reset every connection, so the neighbours
 * know within a round trip, and the news of it is with everybody in some more.
 */

import {
  accuracy,
  agreement,
  completeness,
  draw,
  expander,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit } from './shared/circuit.ts';
import { Departures, toldOnce } from './shared/departures.ts';

export default scenario({
  claim: 'that a process was killed is told once to each of the others, within 0.3 s',
  parameters: { servers: 1_000, kills: 60, gapSeconds: 2 },
  lengthUs: (p) => (30 + p.kills * p.gapSeconds) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), expander()],
  goals: [{ measure: 'last told of a crash', statistic: 'p99', atMost: 0.3 }, ...toldOnce],

  async run(cluster, p) {
    const departures = new Departures(cluster);
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    for (const host of draw(cluster.world.random.fork('kills'), hosts, p.kills)) {
      cluster.crash(host);
      await cluster.sleep(p.gapSeconds * SECOND);
    }
    await cluster.sleep(2 * SECOND);
    departures.measureTimes();
  },
});
