/** Every link loses packets, for minutes: a bad cable, an overloaded switch. Nobody is dead. */

import { accuracy, agreement, loss, order, SECOND, scenario } from 'circuit/sim';
import { settledCircuit } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim: 'when packets are lost everywhere, nobody is told to have left',
  parameters: { servers: 1_000, percent: 20, minutes: 10 },
  lengthUs: (p) => (p.minutes + 0.5) * MINUTE,
  checks: [accuracy(), order(), agreement()],
  goals: [{ measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 }],

  async run(cluster, p) {
    await settledCircuit(cluster, p.servers);
    const removals = new Removals(cluster);
    const forUs = p.minutes * MINUTE;
    const fromUs = cluster.now;
    cluster.play(loss({ hosts: 'any', fromUs, forUs, ratio: p.percent / 100, direction: 'both' }));
    await cluster.sleep(forUs);
    removals.measure();
  },
});
