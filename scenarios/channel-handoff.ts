/**
 * A few servers, many clients that crash in the middle of what they do, and channels that are
 * closed and replaced: every message is received once, in order, or was never sent. Of their
 * operations a part does not wait, and is done at once or has no effect.
 */

import { ChannelChecker, channelTraffic, churn, SECOND, scenario } from 'circuit/sim';

export default scenario({
  claim: 'channels lose, double and reorder nothing while clients and servers crash',
  parameters: { tryPercent: 30 },
  lengthUs: 60 * SECOND,
  checks: [],

  async run(cluster, p) {
    const nodes = await cluster.startMany(5);
    const untilUs = cluster.now + 60 * SECOND;
    cluster.play(
      churn(cluster.world.random.fork('churn'), {
        hosts: nodes.slice(2).map((node) => node.host.name),
        fromUs: cluster.now,
        toUs: untilUs,
        ratioPerMinute: 2,
        awayUs: { min: 3 * SECOND, max: 10 * SECOND },
        ways: { crash: 1, dark: 1, leave: 1 },
      }),
    );
    await channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
      channels: 4,
      clients: 12,
      untilUs,
      channelLifeUs: 10 * SECOND,
      crashRatio: 0.05,
      tryRatio: p.tryPercent / 100,
    });
  },
});
