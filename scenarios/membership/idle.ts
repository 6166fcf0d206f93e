/** A small circuit and a large one in one world, in which nothing happens. */

import { agreement, footprint, SECOND, scenario } from 'circuit/sim';
import { settledCircuit } from './shared/circuit.ts';

export default scenario({
  claim: 'an idle server sends as little in a large circuit as in a small one',
  parameters: { servers: 4_096, small: 16, seconds: 60 },
  lengthUs: (p) => (p.seconds + 80) * SECOND,
  checks: [agreement(), footprint({ spreadRatio: 0.1 })],
  goals: [
    { measure: 'sent while idle', statistic: 'mean', atMost: 60 },
    {
      measure: 'sent while idle in the large circuit, to that in the small',
      statistic: 'max',
      atMost: 1.1,
    },
    {
      measure: 'sent while idle in the large circuit, to that in the small',
      statistic: 'min',
      atLeast: 0.9,
    },
  ],

  async run(cluster, p) {
    cluster.observe((event) => {
      if (event.type !== 'idled') return;
      const mean = (circuit: string) => {
        const idlers = event.idlers.filter(({ node }) => node.circuit === circuit);
        return idlers.reduce((sum, each) => sum + each.bytesPerSecond, 0) / idlers.length;
      };
      cluster.measure('mean sent while idle in the small circuit', mean('small'), 'B/s');
      cluster.measure('mean sent while idle in the large circuit', mean('large'), 'B/s');
      const ratio = mean('large') / mean('small');
      cluster.measure('sent while idle in the large circuit, to that in the small', ratio);
    });
    await settledCircuit(cluster, p.small, { circuit: 'small' });
    await settledCircuit(cluster, p.servers, { circuit: 'large' });
    await cluster.idle(() => cluster.sleep(p.seconds * SECOND));
  },
});
