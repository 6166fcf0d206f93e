import { accuracy, agreement, completeness, order, SECOND, scenario } from 'circuit/sim';

export default scenario({
  claim: 'a host that vanishes without a word is missed by all, and nobody else is blamed',
  checks: [completeness(), accuracy(), order(), agreement()],

  async run(cluster) {
    await cluster.startMany(20);
    cluster.dark('n4');
    await cluster.sleep(10 * SECOND);
  },
});
