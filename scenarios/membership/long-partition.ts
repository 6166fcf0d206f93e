/**
 * Ten minutes apart: longer than any timeout but the day for which silent servers are tried again,
 * and long enough for both sides to have forgotten all else.
 */

import { accuracy, agreement, completeness, merge, order, SECOND, scenario } from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim: 'two halves that were apart for ten minutes become one circuit by themselves',
  parameters: { servers: 1_000, minutes: 10 },
  lengthUs: (p) => (p.minutes + 2) * MINUTE,
  checks: [completeness(), accuracy(), order(), agreement(), merge()],
  goals: [{ measure: 'one circuit after the cut', statistic: 'max', atMost: 60 }],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const forUs = p.minutes * MINUTE;
    cluster.split([hosts.slice(0, Math.floor(hosts.length / 2))], forUs);
    await cluster.sleep(forUs);
    await untilAgreed(cluster, 'one circuit after the cut', { forUs: 5 * MINUTE });
  },
});
