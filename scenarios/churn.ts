/**
 * 200 servers under churn for ten virtual minutes: one in ten of them goes each minute, by crash,
 * by leave or without a word, and comes back at the same address as a new server. Meanwhile clients
 * send and receive through channels on servers that come and go as well.
 */

import {
  accuracy,
  agreement,
  ChannelChecker,
  channelTraffic,
  churn,
  completeness,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';

export default scenario({
  claim: 'under churn everybody learns of everybody, nobody is slandered, and no message is lost',
  parameters: { servers: 200, minutes: 10 },
  lengthUs: (p) => (p.minutes * 60 + 80) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement()],

  async run(cluster, p) {
    const nodes = await cluster.startMany(p.servers);
    const fromUs = cluster.now + 5 * SECOND;
    const toUs = fromUs + p.minutes * 60 * SECOND;
    cluster.play(
      churn(cluster.world.random.fork('churn'), {
        hosts: nodes.map((node) => node.host.name),
        fromUs,
        toUs,
        ratioPerMinute: 0.1,
        awayUs: { min: 3 * SECOND, max: 60 * SECOND },
        ways: { crash: 2, dark: 1, leave: 1 },
      }),
    );
    await channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
      channels: 8,
      clients: 12,
      untilUs: toUs,
      channelLifeUs: 60 * SECOND,
      crashRatio: 0.02,
    });
    await cluster.sleep(toUs + 60 * SECOND - cluster.now);
  },
});
