/**
 * Whole servers and random clients under a mix of faults that each seed draws anew, in two phases.
 * While things go wrong, what must never happen is held against the servers: nobody is told to have
 * left who most can reach, nothing is told out of order, no message is lost or doubled. Then
 * everything is healed and every server started again, and within the bounds all agree.
 */

import {
  accuracy,
  agreement,
  ChannelChecker,
  type Cluster,
  channelTraffic,
  completeness,
  knownFirst,
  merge,
  order,
  SECOND,
  SelectChecker,
  SubscriptionChecker,
  scenario,
  subscriptionTraffic,
  swarm,
} from 'circuit/sim';

const safety = [order(), knownFirst()];
const recoverable = [...safety, accuracy(), completeness(), agreement(), merge()];

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
    const working = work(cluster, { clients: p.clients, untilUs: toUs });

    await cluster.sleep(toUs - cluster.now);
    cluster.heal();
    for (const host of hosts) cluster.restart(host);
    await working;
  },
});

/** Clients on channels, with selects among them, and readers of subscriptions. */
async function work(cluster: Cluster, { clients, untilUs }: { clients: number; untilUs: number }) {
  if (clients === 0) return;
  const checker = cluster.check(new SelectChecker(cluster));
  await Promise.all([
    channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
      ...{ channels: 2, clients, untilUs, channelLifeUs: 15 * SECOND },
      ...{ crashRatio: 0.01, tryRatio: 0.2, selects: { ratio: 0.2, checker } },
    }),
    subscriptionTraffic(cluster, cluster.check(new SubscriptionChecker(cluster)), {
      ...{ subscriptions: 2, readers: 1, untilUs, lifeUs: 20 * SECOND },
      ...{ crashRatio: 0.05, pauseRatio: 0.05 },
    }),
  ]);
}
