/**
 * A few servers whose wall clocks jump ahead and back by seconds, some of which crash, and clients
 * that do one thing after another on all of them and tell each other of it: in the journals of all
 * servers, merged, everything comes after what may have caused it.
 */

import {
  churn,
  drifting,
  JournalChecker,
  journalTraffic,
  jumping,
  SECOND,
  scenario,
} from 'circuit/sim';

export default scenario({
  claim: 'the merged journals of all servers are in the order of cause and effect',
  lengthUs: 60 * SECOND,
  journalEntries: 16_384,
  checks: [],

  async run(cluster) {
    const nodes = await cluster.startMany(6);
    const hosts = nodes.map((node) => node.host.name);
    const random = cluster.world.random;
    const fromUs = cluster.now;
    const untilUs = fromUs + 60 * SECOND;
    cluster.play([
      ...drifting(random.fork('rates'), { hosts, atUs: fromUs, ratio: 0.01 }),
      // Twelve times at most 4 s: never so far apart that a clock counts as wrong.
      ...jumping(random.fork('jumps'), {
        hosts,
        fromUs,
        toUs: untilUs,
        everyUs: 5 * SECOND,
        wallMs: 4_000,
      }),
      ...churn(random.fork('churn'), {
        hosts: hosts.slice(3),
        fromUs,
        toUs: untilUs,
        ratioPerMinute: 2,
        awayUs: { min: 3 * SECOND, max: 10 * SECOND },
        ways: { crash: 1, dark: 1, leave: 1 },
      }),
    ]);
    await journalTraffic(cluster, cluster.check(new JournalChecker(cluster)), {
      keepers: nodes.slice(0, 3),
      clients: 12,
      untilUs,
    });
  },
});
