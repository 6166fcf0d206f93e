/**
 * Ten hosts lose all that is sent to them, again and again: what they send arrives, so each seems
 * alive to those that only listen. A circuit that readmits them each time tells everybody twice a
 * minute of nothing; one that does not must still let them back in once they are well for a while.
 */

import {
  accuracy,
  agreement,
  completeness,
  draw,
  flapping,
  merge,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;
/** How long a host that was removed often must be well before it comes back. */
const BACK_WITHIN_US = 2 * MINUTE;

export default scenario({
  claim: 'hosts whose incoming packets are lost on and off are removed seldom, and nobody else is',
  parameters: { servers: 1_000, hosts: 10, minutes: 15, seconds: 20 },
  lengthUs: (p) => (p.minutes + 3) * MINUTE,
  checks: [completeness(), accuracy(), order(), agreement(), merge()],
  goals: [
    { measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 },
    { measure: 'times a faulty server was removed', statistic: 'max', atMost: 5 },
    { measure: 'all are back after the last cut', statistic: 'max', atMost: 120 },
  ],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const hosts = hostsOf(draw(cluster.world.random.fork('hosts'), nodes, p.hosts));
    const removals = new Removals(cluster, hosts);
    const fromUs = cluster.now;
    const toUs = fromUs + p.minutes * MINUTE;
    const secondsUs = p.seconds * SECOND;
    cluster.play(
      flapping({
        hosts,
        fromUs,
        toUs,
        cutUs: secondsUs,
        gapUs: secondsUs,
        direction: 'in',
        backWithinUs: BACK_WITHIN_US,
      }),
    );
    await cluster.sleep(toUs - fromUs);
    await untilAgreed(cluster, 'all are back after the last cut', { forUs: BACK_WITHIN_US });
    removals.measure();
  },
});
