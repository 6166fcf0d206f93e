import {
  agreement,
  type Checker,
  type Cluster,
  type Incident,
  isolate,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';

/** A fault is a schedule, drawn before it is played: here a host that is cut off again and again. */
function flapping(host: string, fromUs: number, times: number): Incident[] {
  return Array.from({ length: times }, (_, turn) => ({
    at: fromUs + turn * 40 * SECOND,
    type: 'rule',
    rule: isolate([host]),
    forUs: 2 * SECOND,
  }));
}

/** A checker looks while the run goes on, and counts how often it looked. */
class BoundedDegree implements Checker {
  readonly guarantee = 'G7 degree';
  observed = 0;

  constructor(cluster: Cluster) {
    cluster.observe((event) => {
      if (event.type !== 'told') return;
      this.observed++;
      const { host, server } = event.node;
      const degree = server.membership().neighbours().length;
      if (degree > 11) cluster.violate(this.guarantee, `${host.name} has ${degree} neighbours`);
    });
  }

  atEnd(): void {}
}

export default scenario({
  claim: 'a host that is cut off for moments disturbs nobody, and nobody gets too many neighbours',
  checks: [order(), agreement(), (cluster) => new BoundedDegree(cluster)],

  async run(cluster) {
    await cluster.startMany(30);
    cluster.play(flapping('n7', cluster.now + SECOND, 5));
    await cluster.sleep(200 * SECOND);
  },
});
