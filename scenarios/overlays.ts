/**
 * Four ways for servers to find and watch each other, one after the other on the same machines, under
 * the same schedule: this one, the random walks of the original circuit, HyParView and SWIM.
 *
 * Each grows for a minute, is left alone for another, has servers crash, vanish, leave and come back
 * for some more, and in the end loses half of its servers at one instant, without a word. Edges are
 * those that either end holds; of SWIM, in which each may probe any other, all pairs. What is removed
 * at once from the graph in the tables is removed on paper, before anybody could repair anything.
 *
 * This one runs whole servers; the others run nothing but their protocols. All probe once a second,
 * where they probe; what each leaves open, its file in sim/overlays says how it is done here.
 */

import {
  type Cell,
  type Checker,
  type Cluster,
  churn,
  circuit,
  clusteringOf,
  degreesOf,
  distances,
  hyParView,
  type Incident,
  largestPartAfter,
  largestPartOf,
  massFailure,
  mixingOf,
  OverlayLab,
  type OverlayProtocol,
  randomWalk,
  SECOND,
  scenario,
  spectrumOf,
  swim,
} from 'circuit/sim';

const protocols = [circuit, randomWalk, hyParView, swim];
const GROW_US = 60 * SECOND;
const IDLE_US = 60 * SECOND;
const REPAIR_US = 30 * SECOND;
/** Until whatever is under way to a machine has arrived, and the next overlay begins on it. */
const APART_US = 30 * SECOND;
/** Draws of whom to remove on paper; the mean of them is told. */
const REMOVALS = 20;

type Parameters = { readonly servers: number; readonly minutes: number; readonly percent: number };

/** Of what servers of another overlay should know: above, it has not grown. */
const UNKNOWN_MAX = 0.05;

/** Row => what it comes to for one overlay. */
type Figures = Map<string, Cell>;

/** What must be true for the comparison to mean something, and of this overlay. */
class Comparison implements Checker {
  readonly guarantee = 'overlays compared';
  observed = 0;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  demand(isSo: boolean, what: string): void {
    this.observed++;
    if (!isSo) this.#cluster.violate(this.guarantee, what);
  }

  atEnd(): void {}
}

export default scenario({
  claim:
    'under what random walks, HyParView and SWIM are put through as well, this overlay stays whole, ' +
    'knows who is there, and takes nobody for gone who is not',
  parameters: { servers: 100, minutes: 2, percent: 10 },
  lengthUs: (p) => protocols.length * (GROW_US + IDLE_US + p.minutes * 60 * SECOND + 90 * SECOND),
  settleUs: 0,
  checks: [],

  async run(cluster, p) {
    const comparison = cluster.check(new Comparison(cluster));
    const figures: Figures[] = [];
    for (const protocol of protocols) {
      figures.push(await examine(cluster, protocol, p, comparison));
    }
    const rows = [...(figures[0] as Figures).keys()];
    cluster.measures.addTable({
      title: `${p.servers} servers of each overlay, ${p.percent} % of them going in a minute`,
      columns: ['', ...protocols.map(({ name }) => name)],
      rows: rows.map((row) => [row, ...figures.map((each) => each.get(row) as Cell)]),
    });
  },
});

/** One overlay through all of it. */
async function examine(
  cluster: Cluster,
  protocol: OverlayProtocol,
  p: Parameters,
  comparison: Comparison,
): Promise<Figures> {
  const figures: Figures = new Map();
  const isOurs = protocol === circuit;
  const lab = new OverlayLab(cluster.world, protocol, cluster.world.random.fork('joins'));
  const hosts = Array.from({ length: p.servers }, (_, i) => `n${i + 1}`);
  for (const host of hosts) {
    lab.start(host);
    await cluster.sleep(50_000);
  }
  await cluster.sleep(GROW_US);
  comparison.demand(lab.hosts.length === p.servers, `${protocol.name}: not all have started`);
  comparison.demand(
    largestPartOf(lab.graph()) === 1,
    `${protocol.name} has not become one overlay`,
  );
  const { missing, expected } = lab.views();
  const unknown = missing / Math.max(1, expected);
  // News by infection reaches all with high probability alone.
  const most = isOurs ? 0 : UNKNOWN_MAX;
  comparison.demand(!protocol.knowsAll || unknown <= most, `${protocol.name}: not all know all`);
  figures.set('grown: missing share of views', protocol.knowsAll ? unknown : 'partial views');

  const idle = await rates(cluster, lab, IDLE_US);
  structure(figures, cluster, lab);
  figures.set('idle: bytes per server, B/s', idle.bytes);
  figures.set('idle: messages per server, 1/s', idle.messages);

  await underChurn(figures, cluster, lab, { hosts, idle, p });
  await cluster.sleep(REPAIR_US);
  const after = lab.views();
  if (isOurs) {
    comparison.demand(lab.falseRemovals === 0, 'a server that was up was taken for gone');
    comparison.demand(after.missing + after.stale === 0, 'after churn, views are not what is so');
  }
  const parts = await withoutHalf(figures, cluster, lab);
  if (isOurs) comparison.demand(parts === 1, 'half of all fell silent, and the rest fell apart');
  lab.end();
  await cluster.sleep(APART_US);
  return figures;
}

/** What a graph is like, and what is left of it when many are removed. */
function structure(figures: Figures, { world }: Cluster, lab: OverlayLab): void {
  const graph = lab.graph();
  const degrees = degreesOf(graph);
  const { diameter, mean } = distances(graph);
  const mixing = mixingOf(spectrumOf(graph), degrees.mean);
  figures.set('degree, least', degrees.min);
  figures.set('degree, mean', degrees.mean);
  figures.set('degree, most', degrees.max);
  figures.set('hops, mean', mean);
  figures.set('hops, most', diameter);
  figures.set('clustering', clusteringOf(graph));
  figures.set('second eigenvalue to 2 sqrt(d - 1)', mixing.ratio);
  figures.set('spectral gap, share of the first', mixing.normalGap);
  for (const percent of [30, 50, 70]) {
    const random = world.random.fork(`removal of ${percent}`);
    let sum = 0;
    for (let i = 0; i < REMOVALS; i++) {
      sum += largestPartAfter(graph, percent / 100, { by: 'chance', random });
    }
    figures.set(`largest part, ${percent} % removed`, sum / REMOVALS);
  }
  const left = largestPartAfter(graph, 0.5, { by: 'degree' });
  figures.set('largest part, the 50 % of most edges removed', left);
}

/** What a server sends a second meanwhile, in the mean. */
async function rates(cluster: Cluster, lab: OverlayLab, us: number) {
  const before = lab.traffic();
  await cluster.sleep(us);
  const after = lab.traffic();
  const seconds = after.serverSeconds - before.serverSeconds;
  return {
    bytes: (after.bytes - before.bytes) / seconds,
    messages: (after.messages - before.messages) / seconds,
    seconds,
  };
}

/** Servers come and go; how far do views follow? */
async function underChurn(
  figures: Figures,
  cluster: Cluster,
  lab: OverlayLab,
  given: { hosts: readonly string[]; idle: { messages: number }; p: Parameters },
): Promise<void> {
  const { hosts, idle, p } = given;
  const lengthUs = p.minutes * 60 * SECOND;
  const schedule = churn(cluster.world.random.fork('churn'), {
    hosts,
    fromUs: 0,
    toUs: lengthUs,
    ratioPerMinute: p.percent / 100,
    awayUs: { min: 5 * SECOND, max: 30 * SECOND },
    ways: { crash: 1, dark: 1, leave: 1 },
  });
  const { name, knowsAll } = lab.protocol;
  lab.play(schedule.map((each): Incident => ({ ...each, at: each.at + cluster.now })));
  const sums = { stale: 0, entries: 0, missing: 0, expected: 0 };
  for (let second = 1; second <= lengthUs / SECOND; second++) {
    cluster.world.after(second * SECOND, () => {
      const views = lab.views();
      sums.stale += views.stale;
      sums.entries += views.entries;
      sums.missing += views.missing;
      sums.expected += views.expected;
      const stale = views.stale / Math.max(1, views.entries);
      cluster.series.add(`${name}: stale share of views`, cluster.now, stale);
    });
  }
  const rate = await rates(cluster, lab, lengthUs + SECOND);
  const detections = [...lab.detections].sort((a, b) => a - b);
  const sum = detections.reduce((total, each) => total + each, 0);
  const none = 'nothing told';
  figures.set('churn: stale share of views', sums.stale / Math.max(1, sums.entries));
  const missing = sums.missing / Math.max(1, sums.expected);
  figures.set('churn: missing share of views', knowsAll ? missing : 'partial views');
  figures.set('churn: who held it notices after, mean, s', sum / detections.length || none);
  const at99 = detections[Math.ceil(detections.length * 0.99) - 1];
  figures.set('churn: who held it notices after, 99 %, s', at99 ?? none);
  figures.set('churn: servers up taken for gone', lab.falseRemovals);
  figures.set('churn: bytes per server, B/s', rate.bytes);
  figures.set('churn: messages per server, 1/s', rate.messages);
  const changes = schedule.filter(({ at }) => at <= lengthUs).length;
  const seconds = (lengthUs + SECOND) / SECOND;
  const more = ((rate.messages - idle.messages) * seconds) / Math.max(1, changes);
  const row = 'messages per server for each that comes or goes';
  // Whoever is cut off from the others sends less than while nothing happened.
  figures.set(row, more >= 0 ? more : 'fewer than idle');
}

/** Half fall silent at one instant. Returns the share of the rest that is in one part then. */
async function withoutHalf(figures: Figures, cluster: Cluster, lab: OverlayLab): Promise<number> {
  const { hosts } = lab;
  const random = cluster.world.random.fork('half');
  lab.play(massFailure(random, { hosts, atUs: cluster.now, share: 0.5, way: 'dark' }));
  await cluster.sleep(REPAIR_US);
  const share = largestPartOf(lab.graph());
  const { stale, entries } = lab.views();
  figures.set('30 s after half fell silent: largest part', share);
  figures.set('30 s after half fell silent: stale share', stale / Math.max(1, entries));
  return share;
}
