/**
 * Ten hosts lose four in five packets: of those that are sent to them, or both ways. Their
 * connections hardly make progress; what little gets through must neither let them slander the
 * others, nor bring them back again and again.
 */

import { accuracy, agreement, draw, loss, order, SECOND, scenario } from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;
/** How long a host that was removed often must be well before it comes back. */
const BACK_WITHIN_US = 2 * MINUTE;

export default scenario({
  claim: 'hosts that lose most packets are removed once or twice, and nobody else is',
  /** bothWays: 0 when only what is sent to these hosts is lost, 1 when both are. */
  parameters: { servers: 1_000, hosts: 10, minutes: 15, percent: 80, bothWays: 0 },
  lengthUs: (p) => (p.minutes + 3) * MINUTE,
  checks: [accuracy(), order(), agreement()],
  goals: [
    { measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 },
    { measure: 'times a faulty server was removed', statistic: 'max', atMost: 2 },
    { measure: 'all are back after the loss', statistic: 'max', atMost: 120 },
  ],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const hosts = hostsOf(draw(cluster.world.random.fork('hosts'), nodes, p.hosts));
    const removals = new Removals(cluster, hosts);
    const fromUs = cluster.now;
    const forUs = p.minutes * MINUTE;
    const direction = p.bothWays === 1 ? 'both' : 'in';
    cluster.play([
      { at: fromUs, type: 'faulty', hosts, forUs, backWithinUs: BACK_WITHIN_US },
      ...loss({ hosts, fromUs, forUs, ratio: p.percent / 100, direction }),
    ]);
    await cluster.sleep(forUs);
    await untilAgreed(cluster, 'all are back after the loss', { forUs: BACK_WITHIN_US });
    removals.measure();
  },
});
