import { accuracy, agreement, completeness, order, SECOND, scenario } from 'circuit/sim';

export default scenario({
  claim: 'an upgrade, server by server, is over within seconds of the last restart',

  // Changed by --set servers=200.
  parameters: { servers: 30, gapSeconds: 2 },
  // For the progress line; a story that takes four times as long is stopped.
  lengthUs: (p) => p.servers * p.gapSeconds * SECOND + 20 * SECOND,
  checks: [completeness(), accuracy(), order(), agreement()],
  // Reported; --goals makes it count.
  goals: [{ measure: 'all agree again after', statistic: 'max', atMost: 5 }],

  async run(cluster, p) {
    const nodes = await cluster.startMany(p.servers);
    for (const { host } of nodes) {
      cluster.leave(host.name);
      await cluster.sleep(SECOND);
      cluster.restart(host.name);
      await cluster.sleep((p.gapSeconds - 1) * SECOND);
    }
    const from = cluster.now;
    await cluster.until(() =>
      cluster.present.every(({ server }) => server.members().length === p.servers),
    );
    cluster.measure('all agree again after', (cluster.now - from) / SECOND, 's');
  },
});
