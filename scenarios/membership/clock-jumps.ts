/**
 * Wall clocks jump by hours, ahead and back, and the clocks that timers wait for go too fast or too
 * slow by up to one in a hundred: a hundred times worse than cheap quartz.
 */

import { accuracy, agreement, drifting, jumping, order, SECOND, scenario } from 'circuit/sim';
import { hostsOf, settledCircuit } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;
const HOUR_MS = 3_600_000;

export default scenario({
  claim: 'whatever clocks show, nobody is told to have left',
  parameters: { servers: 1_000, hours: 12, percent: 1, minutes: 10 },
  lengthUs: (p) => (p.minutes + 0.5) * MINUTE,
  checks: [accuracy(), order(), agreement()],
  goals: [{ measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 }],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const removals = new Removals(cluster);
    const random = cluster.world.random.fork('clocks');
    const fromUs = cluster.now;
    const toUs = fromUs + p.minutes * MINUTE;
    const wallMs = p.hours * HOUR_MS;
    cluster.play([
      ...drifting(random, { hosts, atUs: fromUs, ratio: p.percent / 100 }),
      ...jumping(random, { hosts, fromUs, toUs, everyUs: SECOND / 5, wallMs }),
    ]);
    await cluster.sleep(toUs - fromUs);
    removals.measure();
  },
});
