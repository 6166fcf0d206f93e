/** Servers say goodbye in the midst of churn, when the tree of news is never quite whole. */

import { accuracy, agreement, completeness, order, SECOND, scenario, sessions } from 'circuit/sim';
import { hostsOf, settledCircuit } from './shared/circuit.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim: 'a goodbye is known to all within a second, though servers come and go all the time',
  parameters: { servers: 1_000, medianMinutes: 5, minutes: 3, leaves: 60 },
  lengthUs: (p) => (p.minutes + 0.5) * MINUTE,
  checks: [completeness(), accuracy(), order(), agreement()],
  goals: [{ measure: 'last told of a leave', statistic: 'max', atMost: 1 }],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const hosts = hostsOf(nodes);
    const random = cluster.world.random;
    const fromUs = cluster.now;
    const forUs = p.minutes * MINUTE;
    cluster.play(
      sessions(random.fork('sessions'), {
        hosts,
        fromUs,
        toUs: fromUs + forUs,
        medianUs: p.medianMinutes * MINUTE,
        ways: { crash: 2, dark: 1, leave: 0 },
      }),
    );
    const leaving = random.fork('leaves');
    const gapUs = Math.floor(forUs / p.leaves);
    for (let i = 0; i < p.leaves; i++) {
      const host = hosts[leaving.below(hosts.length)] as string;
      cluster.leave(host);
      cluster.play([{ at: cluster.now + SECOND, type: 'start', host }]);
      await cluster.sleep(gapUs);
    }
  },
});
