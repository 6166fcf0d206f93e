/** Ten hosts fall silent at one instant: a switch that died. Then ten more, in several rounds. */

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
  claim: 'that ten hosts fell silent at once is told to all within 6 s, of each to each once',
  parameters: { servers: 1_000, rounds: 10, atOnce: 10 },
  lengthUs: (p) => (30 + p.rounds * 10) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), expander()],
  goals: [
    { measure: 'last told of all that fell silent', statistic: 'max', atMost: 6 },
    ...toldOnce,
  ],

  async run(cluster, p) {
    const departures = new Departures(cluster);
    const nodes = await settledCircuit(cluster, p.servers);
    const silent = draw(cluster.world.random.fork('silences'), nodes, p.rounds * p.atOnce);
    for (let round = 0; round < p.rounds; round++) {
      const fromUs = cluster.now;
      const ten = silent.slice(round * p.atOnce, (round + 1) * p.atOnce);
      for (const host of hostsOf(ten)) cluster.dark(host);
      await cluster.sleep(10 * SECOND);
      cluster.measure('last told of all that fell silent', departures.last(ten, fromUs), 's');
    }
    departures.measureTimes();
  },
});
