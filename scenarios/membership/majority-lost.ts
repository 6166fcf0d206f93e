/**
 * Four in five servers are gone, for good. There is no quorum to lose: those who remain go on, and
 * new ones join them.
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

export default scenario({
  claim: 'when most servers are gone for good, the rest goes on, and others join it',
  parameters: { servers: 1_000, percent: 80, newcomers: 50, minutes: 5 },
  lengthUs: (p) => (p.minutes + 2) * 60 * SECOND,
  bounds: { ...lanBounds, convergence: lanBounds.mass },
  checks: [completeness(), accuracy(), order(), agreement(), expander({ graceUs: lanBounds.mass })],
  goals: [
    { measure: 'the rest agree', statistic: 'max', atMost: 15 },
    { measure: 'newcomers are known to all', statistic: 'max', atMost: 5 },
  ],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const atUs = cluster.now + SECOND;
    const share = p.percent / 100;
    cluster.play(
      massFailure(cluster.world.random.fork('failure'), { hosts, atUs, share, way: 'dark' }),
    );
    // Some join while nobody knows yet who is left.
    await cluster.sleep(2 * SECOND);
    const early = Math.floor(p.newcomers / 2);
    for (let i = 0; i < early; i++) cluster.start();
    await cluster.sleep(atUs + SECOND - cluster.now);
    await untilAgreed(cluster, 'the rest agree', { forUs: lanBounds.mass });
    await cluster.sleep(p.minutes * 60 * SECOND);
    await cluster.startMany(p.newcomers - early);
    await untilAgreed(cluster, 'newcomers are known to all', { forUs: 30 * SECOND });
  },
});
