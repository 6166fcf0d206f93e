/** Two circuits that know nothing of each other become one by one join, while both churn. */

import {
  accuracy,
  agreement,
  completeness,
  expander,
  merge,
  order,
  SECOND,
  scenario,
  sessions,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';

export default scenario({
  claim:
    'two circuits of which one server joins the other are one soon, though servers come and go',
  parameters: { servers: 1_000, medianMinutes: 10 },
  lengthUs: 120 * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), merge(), expander({ gapRatio: 1.2 })],
  goals: [
    { measure: 'told again after circuits met', statistic: 'p99', atMost: 10 },
    { measure: 'all agree after the churn', statistic: 'max', atMost: 5 },
  ],

  async run(cluster, p) {
    const half = Math.floor(p.servers / 2);
    const left = await settledCircuit(cluster, half, { circuit: 'left' });
    const right = await settledCircuit(cluster, p.servers - half, { circuit: 'right' });
    const fromUs = cluster.now;
    const toUs = fromUs + 60 * SECOND;
    const [a, ...others] = left;
    const [b, ...more] = right;
    cluster.play(
      sessions(cluster.world.random.fork('sessions'), {
        hosts: hostsOf([...others, ...more]),
        fromUs,
        toUs,
        medianUs: p.medianMinutes * 60 * SECOND,
        ways: { crash: 2, dark: 1, leave: 1 },
      }),
    );
    await cluster.sleep(20 * SECOND);
    if (a !== undefined && b !== undefined) await cluster.join(a, b);
    await cluster.sleep(toUs + SECOND - cluster.now);
    await untilAgreed(cluster, 'all agree after the churn', { forUs: 60 * SECOND });
  },
});
