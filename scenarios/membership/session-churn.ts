/**
 * Every server lives for a while only, half of them for less than the median session: crashed, gone
 * without a word, or after a goodbye, and replaced at once at the same address. Studies of systems
 * of peers found medians from a minute to an hour (Rhea et al., Handling Churn in a DHT, 2004).
 */

import {
  accuracy,
  agreement,
  completeness,
  expander,
  order,
  SECOND,
  scenario,
  sessions,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';
import { Staleness } from './shared/staleness.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim: 'while all come and go, views are nearly right and the overlay expands; then all agree',
  parameters: { servers: 1_000, medianMinutes: 10, awaySeconds: 1, minutes: 10 },
  lengthUs: (p) => (p.minutes + 1) * MINUTE,
  // What the spectrum comes to under churn is a goal; it breaks where it is far from it.
  checks: [completeness(), accuracy(), order(), agreement(), expander({ gapRatio: 1.2 })],
  goals: (p) => [
    { measure: 'stale part of a view', statistic: 'mean', atMost: 0.01 },
    { measure: 'missing part of a view', statistic: 'mean', atMost: 0.01 },
    { measure: 'all agree after the churn', statistic: 'max', atMost: 5 },
    ...(p.servers < 500
      ? []
      : ([
          { measure: 'overlay: second eigenvalue to the best', statistic: 'max', atMost: 1.05 },
        ] as const)),
  ],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const staleness = new Staleness(cluster);
    const toUs = cluster.now + p.minutes * MINUTE;
    cluster.play(
      sessions(cluster.world.random.fork('sessions'), {
        hosts,
        fromUs: cluster.now,
        toUs,
        medianUs: p.medianMinutes * MINUTE,
        awayUs: p.awaySeconds * SECOND,
        ways: { crash: 2, dark: 1, leave: 1 },
      }),
    );
    await cluster.sleep(toUs - cluster.now);
    staleness.stop();
    // The last replacement comes so long after the last departure.
    await cluster.sleep(p.awaySeconds * SECOND);
    await untilAgreed(cluster, 'all agree after the churn', { forUs: MINUTE });
  },
});
