/**
 * A tenth, half, or four in five of all servers are gone at one instant, killed or without a word.
 * The observers of most went with them: those who remain find each other anew and find out the rest.
 */

import {
  accuracy,
  agreement,
  completeness,
  expander,
  lanBounds,
  massFailure,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';
import { Departures, toldOnce } from './shared/departures.ts';

export default scenario({
  claim: 'whatever share of the servers is gone at once, the rest agree soon and are connected',
  /** `percent` of the servers go; silent: 1 without a word, 0 killed. */
  parameters: { servers: 1_000, percent: 50, silent: 1 },
  lengthUs: 75 * SECOND,
  // They are found out in rounds, and so is who is connected with whom.
  bounds: { ...lanBounds, convergence: lanBounds.mass },
  checks: [completeness(), accuracy(), order(), agreement(), expander({ graceUs: lanBounds.mass })],
  goals: [{ measure: 'the rest agree', statistic: 'max', atMost: 15 }, ...toldOnce],

  async run(cluster, p) {
    const departures = new Departures(cluster);
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const way = p.silent === 1 ? 'dark' : 'crash';
    const atUs = cluster.now + SECOND;
    const share = p.percent / 100;
    cluster.play(massFailure(cluster.world.random.fork('failure'), { hosts, atUs, share, way }));
    await cluster.sleep(SECOND);
    await untilAgreed(cluster, 'the rest agree', { forUs: lanBounds.mass });
    await cluster.sleep(atUs + 45 * SECOND - cluster.now);
    departures.measureTimes();
  },
});
