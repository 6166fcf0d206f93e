/** Two thousand servers start at one instant, and all know the address of one other server alone. */

import { accuracy, agreement, expander, order, SECOND, scenario } from 'circuit/sim';
import { agree } from './shared/circuit.ts';

export default scenario({
  claim: 'all who join at once through one server know each other soon',
  parameters: { servers: 2_000 },
  lengthUs: 60 * SECOND,
  checks: [accuracy(), order(), agreement(), expander()],
  goals: [
    { measure: 'one has joined', statistic: 'max', atMost: 10 },
    { measure: 'all views are complete', statistic: 'max', atMost: 10 },
  ],

  async run(cluster, p) {
    const seed = cluster.start();
    await cluster.sleep(5 * SECOND);
    const fromUs = cluster.now;
    cluster.observe((event) => {
      if (event.type !== 'joined') return;
      cluster.measure('one has joined', (cluster.now - fromUs) / SECOND, 's');
    });
    await cluster.startAll(p.servers - 1, { through: seed });
    await cluster.until(() => agree(cluster.present));
    cluster.measure('all views are complete', (cluster.now - fromUs) / SECOND, 's');
    cluster.measure('connections of the seed', seed.host.streams.count);
    await cluster.sleep(20 * SECOND);
  },
});
