/**
 * One server hears only a fraction of what is sent to it, for minutes. From where it stands nearly
 * everybody is silent, nearly all the time: it suspects them all, and says so to those that it
 * asks. It may come to be removed; whom it accuses may not.
 */

import { accuracy, agreement, draw, loss, order, SECOND, scenario } from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;
const BACK_WITHIN_US = 5 * MINUTE;

export default scenario({
  claim: 'a server that hears only a fraction of its packets has nobody else removed',
  parameters: { servers: 1_000, percent: 90, minutes: 5 },
  lengthUs: (p) => (p.minutes + 6) * MINUTE,
  checks: [accuracy(), order(), agreement()],
  goals: [
    { measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 },
    { measure: 'all are back after the loss', statistic: 'max', atMost: 120 },
  ],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const hosts = hostsOf(draw(cluster.world.random.fork('host'), nodes, 1));
    const removals = new Removals(cluster, hosts);
    const fromUs = cluster.now;
    const forUs = p.minutes * MINUTE;
    cluster.play([
      { at: fromUs, type: 'faulty', hosts, forUs, backWithinUs: BACK_WITHIN_US },
      ...loss({ hosts, fromUs, forUs, ratio: p.percent / 100, direction: 'in' }),
    ]);
    await cluster.sleep(forUs);
    await untilAgreed(cluster, 'all are back after the loss', { forUs: BACK_WITHIN_US });
    removals.measure();
  },
});
