/**
 * One circuit on four continents, with the profile for that: some processes are killed, some hosts
 * fall silent, and whole sites are a quarter of a second apart there and back.
 */

import {
  accuracy,
  agreement,
  completeness,
  draw,
  expander,
  order,
  profiles,
  SECOND,
  scenario,
  wan,
  wanBounds,
} from 'circuit/sim';
import { hostsOf, settledCircuit } from './shared/circuit.ts';
import { Departures, toldOnce } from './shared/departures.ts';

export default scenario({
  claim: 'over four continents, all learn of a crash within 3 s and of a silence within 15 s',
  parameters: { servers: 1_000, departures: 20 },
  topology: wan(),
  profile: profiles.wan,
  // Where the tree of news is cut, an announcement and a graft come first: a second each.
  bounds: wanBounds,
  lengthUs: (p) => (60 + p.departures * 10) * SECOND,
  settleUs: 30 * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), expander({ graceUs: 15 * SECOND })],
  goals: [
    { measure: 'last told of a crash', statistic: 'max', atMost: 3 },
    { measure: 'last told of a silence', statistic: 'max', atMost: 15 },
    ...toldOnce,
  ],

  async run(cluster, p) {
    const departures = new Departures(cluster);
    const nodes = await settledCircuit(cluster, p.servers);
    await cluster.sleep(10 * SECOND);
    const hosts = draw(cluster.world.random.fork('departures'), hostsOf(nodes), 2 * p.departures);
    for (const [index, host] of hosts.entries()) {
      if (index % 2 === 0) cluster.crash(host);
      else cluster.dark(host);
      await cluster.sleep(5 * SECOND);
    }
    await cluster.sleep(10 * SECOND);
    departures.measureTimes();
  },
});
