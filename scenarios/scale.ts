/**
 * Many servers under churn for ten virtual minutes, each with a full view, with every guarantee
 * checked that can be checked under churn: what the speed of the simulator is measured by. One in
 * ten goes each minute, and comes back as a new server; clients use channels meanwhile.
 */

import {
  accuracy,
  agreement,
  ChannelChecker,
  channelTraffic,
  churn,
  completeness,
  expander,
  knownFirst,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';

export default scenario({
  claim: 'a thousand servers and more, under churn, keep every guarantee for ten minutes',
  parameters: { servers: 1_000, minutes: 10 },
  lengthUs: (p) => (p.minutes * 60 + 75) * SECOND,
  checks: [
    ...[completeness(), accuracy(), order(), agreement(), knownFirst()],
    expander({ everyUs: 5 * SECOND }),
  ],

  async run(cluster, p) {
    const first = cluster.start();
    const others = await cluster.startAll(p.servers - 1, { through: first });
    const fromUs = cluster.now + 5 * SECOND;
    const toUs = fromUs + p.minutes * 60 * SECOND;
    cluster.play(
      churn(cluster.world.random.fork('churn'), {
        hosts: others.map((node) => node.host.name),
        ...{ fromUs, toUs, ratioPerMinute: 0.1 },
        awayUs: { min: 3 * SECOND, max: 60 * SECOND },
        ways: { crash: 2, dark: 1, leave: 1 },
      }),
    );
    await channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
      ...{ channels: 8, clients: 12, untilUs: toUs, channelLifeUs: 60 * SECOND },
      crashRatio: 0.02,
    });
    await cluster.sleep(toUs + 60 * SECOND - cluster.now);
  },
});
