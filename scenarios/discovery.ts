/**
 * Servers that are told nothing but a multicast address: many at one instant, some minutes apart, and
 * others on the far side of a cut, all while packets are lost.
 */

import { parseGroup } from 'circuit';
import {
  accuracy,
  agreement,
  discoveryTraffic,
  merge,
  order,
  SECOND,
  type StartOptions,
  scenario,
} from 'circuit/sim';
import { untilAgreed } from './membership/shared/circuit.ts';

const MINUTE = 60 * SECOND;
const discover = parseGroup('228.8.8.8:7711');
const here: StartOptions = { discover, circuit: 'here' };
const there: StartOptions = { discover, circuit: 'there' };

export default scenario({
  claim:
    'servers that know a multicast address alone become one circuit, in whatever order they start, ' +
    'and say little there',
  parameters: { servers: 100, late: 5, idleMinutes: 20, lossPercent: 10 },
  lengthUs: (p) => (p.late + p.idleMinutes + 15) * MINUTE,
  checks: [accuracy(), order(), agreement(), merge(), discoveryTraffic()],
  goals: [
    { measure: 'one circuit after a start of all at once', statistic: 'max', atMost: 5 },
    { measure: 'a late one has joined', statistic: 'max', atMost: 3 },
    { measure: 'one circuit after the network is whole', statistic: 'max', atMost: 180 },
  ],

  async run(cluster, p) {
    cluster.impose({ type: 'loss', ratio: p.lossPercent / 100, from: 'any', to: 'any' });
    const half = Math.floor(p.servers / 2);
    const sinceUs = cluster.now;
    await cluster.startAll(half, here);
    await untilAgreed(cluster, 'one circuit after a start of all at once', {
      ...{ forUs: MINUTE, sinceUs },
    });

    for (let i = 0; i < p.late; i++) {
      await cluster.sleep(MINUTE);
      const [node] = await cluster.startAll(1, here);
      const tookUs = cluster.now - (node?.startedAt ?? 0);
      cluster.measure('a late one has joined', tookUs / SECOND, 's');
    }

    // Others begin where nobody hears them.
    const far = Array.from({ length: p.servers - half - p.late }, (_, i) => `far${i}`);
    const near = cluster.present.map(({ host }) => host.name);
    cluster.split([near, far]);
    const others = far.map((name) => cluster.start({ ...there, name }));
    await cluster.untilJoined(others);
    await cluster.sleep(5 * MINUTE);

    cluster.heal();
    cluster.impose({ type: 'loss', ratio: p.lossPercent / 100, from: 'any', to: 'any' });
    const healedAt = cluster.now;
    await cluster.until(() => circuitsOf(cluster.present) === 1, 30 * MINUTE);
    await untilAgreed(cluster, 'one circuit after the network is whole', {
      ...{ forUs: MINUTE, sinceUs: healedAt },
    });

    await cluster.idle(() => cluster.sleep(p.idleMinutes * MINUTE));
  },
});

function circuitsOf(nodes: readonly { readonly circuit: string }[]): number {
  return new Set(nodes.map(({ circuit }) => circuit)).size;
}
