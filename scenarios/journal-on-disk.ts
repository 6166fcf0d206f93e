/**
 * A few servers that keep their journals on disks which are full, fail, or are slow now and then,
 * and which crashes tear: they serve as if nothing was, and what is on the disks afterwards is what
 * they did, or says how much of it is missing.
 */

import {
  type Ailment,
  ailing,
  type Cluster,
  churn,
  KeptJournalChecker,
  type Node,
  SECOND,
  scenario,
} from 'circuit/sim';

const ailments: readonly Ailment[] = [
  { type: 'full-disk', roomBytes: 2_000 },
  { type: 'failing-disk', ratio: 0.7 },
  { type: 'slow-disk', addUs: SECOND },
  { type: 'torn-writes' },
];

export default scenario({
  claim: 'servers serve whatever ails their disks, and their journals there tell what is missing',
  lengthUs: 90 * SECOND,
  // Less than is done while a disk fails.
  journalEntries: 128,
  keepsJournal: true,
  checks: [],

  async run(cluster) {
    const nodes = await cluster.startMany(5);
    const hosts = nodes.map((node) => node.host.name);
    const random = cluster.world.random;
    const fromUs = cluster.now;
    const untilUs = fromUs + 90 * SECOND;
    for (const ailment of ailments) {
      const how = { hosts, ailment, fromUs, toUs: untilUs, everyUs: 25 * SECOND, share: 0.4 };
      cluster.play(ailing(random.fork(ailment.type), { ...how, forUs: 15 * SECOND }));
    }
    cluster.play(
      churn(random.fork('churn'), {
        hosts: hosts.slice(3),
        fromUs,
        toUs: untilUs,
        ratioPerMinute: 2,
        awayUs: { min: 3 * SECOND, max: 10 * SECOND },
        ways: { crash: 2, dark: 1, leave: 1 },
      }),
    );
    const kept = cluster.check(new KeptJournalChecker(cluster));
    await Promise.all(nodes.slice(0, 3).map((node) => use(cluster, node, kept, untilUs)));
    cluster.heal();
  },
});

/** Does one thing after another on a server that stays, each of which must be done in time. */
async function use(cluster: Cluster, node: Node, kept: KeptJournalChecker, untilUs: number) {
  const client = await cluster.client(node);
  const chan = await client.walk(`/${node.id}/chan`).makeChan(1);
  while (cluster.now < untilUs) {
    await chan.send('message', { timeoutMs: 500 });
    await chan.receive({ timeoutMs: 500 });
    kept.served++;
    await cluster.sleep(SECOND / 50);
  }
  await client.close();
}
