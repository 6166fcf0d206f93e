/**
 * Some servers stand still for longer than a departure is remembered, as a laptop that is closed.
 * Meanwhile others die, and are forgotten by all but the sleepers, who still hold them for present.
 */

import {
  accuracy,
  agreement,
  type Checker,
  type Cluster,
  completeness,
  draw,
  merge,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';

export default scenario({
  claim: 'what a server believes that slept for long brings nobody back from the dead',
  parameters: { servers: 1_000, sleepers: 10, dead: 60, seconds: 450 },
  lengthUs: (p) => (p.seconds + 90) * SECOND,
  checks: [
    completeness(),
    accuracy(),
    order(),
    agreement(),
    merge(),
    (cluster) => new NobodyRises(cluster),
  ],
  goals: [{ measure: 'all agree after the sleep', statistic: 'max', atMost: 30 }],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const drawn = draw(cluster.world.random.fork('hosts'), hosts, p.sleepers + p.dead);
    const fromUs = cluster.now;
    for (const host of drawn.slice(0, p.sleepers)) cluster.pause(host, p.seconds * SECOND);
    const dying = drawn.slice(p.sleepers);
    for (const [index, host] of dying.entries()) {
      // Departures are forgotten when another one comes: the last comes late.
      if (index === dying.length - 1)
        await cluster.sleep((p.seconds - 10) * SECOND - SECOND * index);
      if (index % 3 === 0) cluster.crash(host);
      else if (index % 3 === 1) cluster.leave(host);
      else cluster.dark(host);
      await cluster.sleep(SECOND);
    }
    await cluster.sleep(Math.max(0, fromUs + p.seconds * SECOND - cluster.now));
    await untilAgreed(cluster, 'all agree after the sleep', { forUs: 60 * SECOND });
    await cluster.sleep(20 * SECOND);
  },
});

/** News of a join that is on its way when the server ends is no return from the dead. */
const ON_ITS_WAY_US = 10 * SECOND;

class NobodyRises implements Checker {
  readonly guarantee = 'the dead stay dead';
  observed = 0;

  constructor(cluster: Cluster) {
    cluster.observe((event) => {
      if (event.type !== 'told' || event.event.type !== 'joined') return;
      this.observed++;
      const subject = cluster.node(event.event.member.id);
      if (subject?.endedAt === undefined || cluster.now < subject.endedAt + ON_ITS_WAY_US) return;
      const ago = ((cluster.now - subject.endedAt) / SECOND).toFixed(0);
      cluster.violate(
        this.guarantee,
        `${event.node.host.name} was told that ${subject.host.name} joined, which ended ${ago} s ago`,
      );
    });
  }

  atEnd(): void {}
}
