/**
 * Hosts are cut off one after another, without a word. Nobody may be quick to judge: a host that
 * stands still for two seconds is not dead. And nobody may take long either.
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
  claim: 'that a host fell silent is told after 2 s at the earliest, and to all within 5 s',
  parameters: { servers: 1_000, silences: 30, gapSeconds: 7 },
  lengthUs: (p) => (30 + p.silences * p.gapSeconds) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), expander()],
  goals: [
    { measure: 'told of a silence', statistic: 'min', atLeast: 2 },
    { measure: 'last told of a silence', statistic: 'p99', atMost: 5 },
    ...toldOnce,
  ],

  async run(cluster, p) {
    const departures = new Departures(cluster);
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    for (const host of draw(cluster.world.random.fork('silences'), hosts, p.silences)) {
      cluster.dark(host);
      await cluster.sleep(p.gapSeconds * SECOND);
    }
    departures.measureTimes();
  },
});
