/**
 * Servers come and go, and so do those who read of it: whoever subscribes learns of every arrival
 * and departure that the server told, once and in order, and no reader takes an event along.
 */

import {
  churn,
  order,
  SECOND,
  SubscriptionChecker,
  scenario,
  subscriptionTraffic,
} from 'circuit/sim';

export default scenario({
  claim: 'readers of subscriptions learn all that their server told, while readers are killed',
  lengthUs: 100 * SECOND,
  checks: [order()],

  async run(cluster) {
    const checker = cluster.check(new SubscriptionChecker(cluster));
    const nodes = await cluster.startMany(8);
    const untilUs = cluster.now + 60 * SECOND;
    cluster.play(
      churn(cluster.world.random.fork('churn'), {
        hosts: nodes.slice(3).map((node) => node.host.name),
        fromUs: cluster.now,
        toUs: untilUs + 20 * SECOND,
        ratioPerMinute: 6,
        awayUs: { min: SECOND, max: 5 * SECOND },
        ways: { crash: 2, dark: 1, leave: 2 },
      }),
    );
    await subscriptionTraffic(cluster, checker, {
      subscriptions: 6,
      readers: 3,
      untilUs,
      lifeUs: 20 * SECOND,
      crashRatio: 0.2,
      pauseRatio: 0.1,
    });
  },
});
