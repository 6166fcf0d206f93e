/**
 * Selects on four channels of several servers, by clients that crash and by elements at servers
 * that come and go, against plain senders and receivers: each does one of its clauses or none, and
 * the channels stay what they are.
 */

import {
  ChannelChecker,
  channelTraffic,
  churn,
  SECOND,
  SelectChecker,
  scenario,
} from 'circuit/sim';

export default scenario({
  claim: 'a select does exactly one of its clauses or none, whoever crashes',
  parameters: { selectPercent: 60, tryPercent: 10 },
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
    const checker = cluster.check(new SelectChecker(cluster));
    await channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
      channels: 4,
      clients: 12,
      untilUs,
      channelLifeUs: 10 * SECOND,
      crashRatio: 0.05,
      tryRatio: p.tryPercent / 100,
      selects: { ratio: p.selectPercent / 100, checker },
    });
  },
});
