/**
 * Servers crash, or their hosts go without a word, and within a second another server is up at the
 * same address: a supervisor that restarts, a container that is replaced. Who dials the old one
 * meets the new one.
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
  claim:
    'a server that is replaced at its address within a second is told gone, and the new one joined',
  parameters: { servers: 1_000, replacements: 100 },
  lengthUs: (p) => (40 + p.replacements) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), expander()],
  goals: [
    { measure: 'last told of a crash', statistic: 'p99', atMost: 0.5 },
    { measure: 'last told of a silence', statistic: 'p99', atMost: 5 },
    ...toldOnce,
  ],

  async run(cluster, p) {
    const departures = new Departures(cluster);
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const random = cluster.world.random.fork('replacements');
    for (let i = 0; i < p.replacements; i++) {
      const [host] = draw(random, hosts, 1);
      const awayUs = random.below(SECOND);
      const at = cluster.now;
      const type = i % 3 === 2 ? 'dark' : 'crash';
      if (host !== undefined) {
        cluster.play([
          { at, type, host },
          { at: at + awayUs, type: 'start', host },
        ]);
      }
      await cluster.sleep(SECOND + random.below(SECOND / 2));
    }
    await cluster.sleep(6 * SECOND);
    departures.measureTimes();
  },
});
