/**
 * Servers stand still for half a minute, a twentieth of them at a time, each once: processes that
 * are stopped, machines that are moved. They are given up, and come back; while they wake up they
 * have heard nothing for long, and must not hold that against anybody.
 */

import {
  accuracy,
  agreement,
  completeness,
  draw,
  merge,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';
import { Removals } from './shared/removals.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim: 'only those that stand still for long are given up, and each is back once it goes on',
  parameters: { servers: 1_000, percent: 5, seconds: 30, rounds: 10 },
  lengthUs: (p) => (p.rounds + 1) * MINUTE,
  checks: [completeness(), accuracy(), order(), agreement(), merge()],
  goals: [
    { measure: 'healthy servers told to have left', statistic: 'max', atMost: 0 },
    { measure: 'healthy servers that faulty ones gave up', statistic: 'max', atMost: 0 },
    { measure: 'times a faulty server was removed', statistic: 'max', atMost: 1 },
    { measure: 'all are back after a stall', statistic: 'max', atMost: 30 },
  ],

  async run(cluster, p) {
    const nodes = await settledCircuit(cluster, p.servers);
    const each = Math.max(1, Math.floor((p.servers * p.percent) / 100));
    const hosts = draw(cluster.world.random.fork('stalls'), hostsOf(nodes), each * p.rounds);
    const removals = new Removals(cluster, hosts);
    for (let round = 0; round < p.rounds; round++) {
      const fromUs = cluster.now;
      for (const host of hosts.slice(round * each, (round + 1) * each)) {
        cluster.pause(host, p.seconds * SECOND);
      }
      await cluster.sleep(p.seconds * SECOND);
      await untilAgreed(cluster, 'all are back after a stall', { forUs: MINUTE });
      await cluster.sleep(Math.max(0, fromUs + (p.seconds + 30) * SECOND - cluster.now));
    }
    removals.measure();
  },
});
