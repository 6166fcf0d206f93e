/**
 * Random clients do everything with channels, selects, processes and subscriptions, while clients
 * crash and servers come and go: whatever they saw, there is an order of what they did, each at one
 * moment, that explains it.
 */

import { churn, LinearizabilityChecker, randomOperations, SECOND, scenario } from 'circuit/sim';

export default scenario({
  claim: 'what clients see of elements is what operations done one after another would show',
  parameters: { servers: 5, seconds: 60, clients: 4, thinkMs: 100, crashPercent: 2 },
  lengthUs: (p) => (p.seconds + 15) * SECOND,
  checks: [],

  async run(cluster, p) {
    const checker = cluster.check(new LinearizabilityChecker(cluster));
    const nodes = await cluster.startMany(p.servers);
    const untilUs = cluster.now + p.seconds * SECOND;
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
    await randomOperations(cluster, checker, {
      ...{ clients: p.clients, untilUs, thinkMs: p.thinkMs },
      crashRatio: p.crashPercent / 100,
    });
  },
});
