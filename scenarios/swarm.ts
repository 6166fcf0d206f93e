/**
 * Whole servers and random clients under a mix of faults that each seed draws anew, in two phases.
 * While things go wrong, what must never happen is held against the servers: nobody is told to have
 * left who most can reach, nothing is told out of order, and what clients see of channels, selects,
 * processes and subscriptions fits one order. Then everything is healed and every server started
 * again, and within the bounds all agree.
 */

import {
  accuracy,
  agreement,
  completeness,
  knownFirst,
  LinearizabilityChecker,
  order,
  randomOperations,
  SECOND,
  scenario,
  swarm,
} from 'circuit/sim';

const safety = [order(), knownFirst()];
// That what was cut off is one again (G6) is a part of the agreement at the end.
const recoverable = [...safety, accuracy(), completeness(), agreement()];

export default scenario({
  claim: 'whatever goes wrong, and all that goes wrong together, every guarantee holds',
  /**
   * servers: 0 has the seed draw how many, from 3 to 9. unrestricted: 1 for faults beyond what the
   * guarantees allow for; then only what must never happen is demanded.
   */
  parameters: { servers: 5, seconds: 60, faults: 50, clients: 3, unrestricted: 0 },
  lengthUs: (p) => (p.seconds + 60) * SECOND,
  checks: (p) => (p.unrestricted === 1 ? safety : recoverable),

  async run(cluster, p) {
    const random = cluster.world.random.fork('swarm');
    const histories = cluster.check(new LinearizabilityChecker(cluster));
    const count = p.servers > 0 ? p.servers : 3 + random.below(7);
    const atOnce = random.below(2) === 0;
    const nodes = await (atOnce ? cluster.startAll(count) : cluster.startMany(count));
    await cluster.sleep(3 * SECOND);

    const fromUs = cluster.now;
    const toUs = fromUs + p.seconds * SECOND;
    const hosts = nodes.map(({ host }) => host.name);
    const profile = p.unrestricted === 1 ? 'unrestricted' : 'recoverable';
    const mix = swarm(random.fork('faults'), { hosts, fromUs, toUs, faults: p.faults, profile });
    cluster.measures.addTable({
      title: `${count} servers, started ${atOnce ? 'at once' : 'one by one'}; faults, ${profile}`,
      columns: ['kind', 'faults', 'drawn'],
      rows: mix.drawn.map((each) => [each.kind, each.count, each.how]),
    });
    cluster.truth.lenientUntil = toUs;
    cluster.play(mix.incidents);
    const working = randomOperations(cluster, histories, { clients: p.clients, untilUs: toUs });

    await cluster.sleep(toUs - cluster.now);
    cluster.heal();
    for (const host of hosts) cluster.restart(host);
    await working;
    if (profile === 'unrestricted') return;

    // Once all agree, an end is known in time again.
    const { truth } = cluster;
    await cluster.sleep(Math.max(0, truth.wholeAt + truth.bounds.convergence - cluster.now));
    cluster.crash(hosts.at(-1) ?? '');
  },
});
