/**
 * Once a minute one server in twenty stands still for three seconds, as by garbage collection, a
 * snapshot of its machine, or a disk that does not answer. It answers nobody meanwhile, and when it
 * goes on it finds that nobody answered it.
 */

import { accuracy, agreement, order, SECOND, scenario, stalls } from 'circuit/sim';
import { hostsOf, settledCircuit } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim:
    'servers that stand still for three seconds are told by nobody to have left, and tell of nobody',
  parameters: { servers: 1_000, percent: 5, seconds: 3, minutes: 10 },
  lengthUs: (p) => (p.minutes + 0.5) * MINUTE,
  checks: [accuracy(), order(), agreement()],
  // The checkers excuse who tells of a server that stands still for more than two seconds.
  goals: [{ measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 }],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const removals = new Removals(cluster);
    cluster.play(
      stalls(cluster.world.random.fork('stalls'), {
        hosts,
        fromUs: cluster.now,
        toUs: cluster.now + p.minutes * MINUTE,
        everyUs: MINUTE,
        share: p.percent / 100,
        forUs: p.seconds * SECOND,
      }),
    );
    await cluster.sleep(p.minutes * MINUTE);
    removals.measure();
  },
});
