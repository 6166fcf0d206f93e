/**
 * Bugs in who acts for whom, in the graph of edges, and in what it all costs, each of which a checker
 * must find; see mutants.test.ts. Every story holds without a bug.
 */

import { describe, expect, test } from 'vitest';
import type { Cluster, Node } from '../../sim/index.ts';
import {
  agreement,
  expander,
  footprint,
  knownFirst,
  type Scenario,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { Membership } from '../../src/membership/membership.ts';
import { Neighbourhood } from '../../src/membership/neighbourhood.ts';
import { Voice } from '../../src/membership/voice.ts';
import { Overlay } from '../../src/overlay/overlay.ts';
import { standardParts } from '../../src/server/parts.ts';
import { Resolver } from '../../src/server/resolve.ts';
import { broken, membershipMutant, patched, profileMutant } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

/** Has a client at a server make a channel at another one. */
async function call(cluster: Cluster, through: Node, to: Node): Promise<void> {
  const client = await cluster.client(through);
  await client.walk(`/${to.id}/of-${through.host.name}`).makeChan(1);
}

/** It is back, and the others hold it for gone until it has come back. */
const returned = scenario({
  claim: 'nobody acts on calls of a server that it has told to be gone',
  checks: [knownFirst(), agreement()],
  async run(cluster) {
    await cluster.startMany(20);
    await cluster.sleep(5 * SECOND);
    const [far] = cluster.present;
    const near = cluster.on('n5') as Node;
    await call(cluster, near, far as Node);
    cluster.split([['n5']], 10 * SECOND);
    await cluster.sleep(10 * SECOND);
    for (const each of cluster.present) await call(cluster, near, each).catch(() => {});
    await cluster.sleep(50 * SECOND);
  },
});

/** Servers are called in the moment in which they have joined. */
const newcomers = scenario({
  claim: 'a path works through any server at once',
  checks: [knownFirst(), agreement()],
  async run(cluster) {
    const nodes = await cluster.startMany(40);
    await cluster.sleep(5 * SECOND);
    cluster.observe((event) => {
      if (event.type !== 'joined') return;
      const { node } = event;
      for (const near of nodes.slice(0, 10)) {
        void call(cluster, near, node).catch((error) => {
          cluster.violate('G5 known first', `${near.host.name} knows no way: ${String(error)}`);
        });
      }
    });
    await cluster.startMany(10);
    await cluster.sleep(5 * SECOND);
  },
});

/** News of a newcomer is long on its way, from all neighbours but one, which can be asked. */
const slowNews = scenario({
  claim: 'a path works at once where one neighbour knows the server',
  checks: [knownFirst(), agreement()],
  async run(cluster) {
    await cluster.startMany(20);
    await cluster.sleep(20 * SECOND);
    const near = cluster.on('n5') as Node;
    const neighbours = near.server.membership().neighbours().slice(1);
    const from = neighbours.map((id) => cluster.node(id)?.host.name as string);
    const wait = { minUs: 0.9 * SECOND, maxUs: 0.9 * SECOND };
    cluster.impose({ type: 'delay', ...wait, from, to: ['n5'] }, 3 * SECOND);
    const [node] = await cluster.startMany(1, { through: 'n1', gapUs: 0 });
    const fromUs = cluster.now;
    await call(cluster, near, node as Node);
    const tookUs = cluster.now - fromUs;
    if (tookUs > 0.05 * SECOND) {
      cluster.violate('G5 known first', `it took ${tookUs / SECOND} s to find a newcomer`);
    }
    await cluster.sleep(20 * SECOND);
  },
});

const pairs = scenario({
  claim: 'the overlay stays one piece though servers go two at a time',
  checks: [expander({ everyUs: SECOND / 10 })],
  async run(cluster) {
    const nodes = await cluster.startMany(40);
    await cluster.sleep(20 * SECOND);
    for (const [index, { host }] of nodes.slice(0, 12).entries()) {
      cluster.dark(host.name);
      if (index % 2 === 1) await cluster.sleep(8 * SECOND);
    }
  },
});

const shrinking = scenario({
  claim: 'the overlay stays one piece while most servers leave',
  checks: [expander({ everyUs: SECOND / 10 })],
  async run(cluster) {
    const nodes = await cluster.startMany(60);
    await cluster.sleep(10 * SECOND);
    for (const { host } of nodes.slice(0, 50)) {
      cluster.leave(host.name);
      await cluster.sleep(SECOND / 2);
    }
  },
});

/** All join through one server. */
const idle = scenario({
  claim: 'idle servers send little, in a large circuit as in a small one',
  checks: [footprint({ spreadRatio: 0.1 }), agreement()],
  async run(cluster) {
    await cluster.startMany(14, { circuit: 'small' });
    const seed = cluster.start({ circuit: 'large' });
    await cluster.startAll(60, { circuit: 'large', through: seed });
    await cluster.sleep(30 * SECOND);
    await cluster.idle(() => cluster.sleep(30 * SECOND));
  },
});

/** Some sleep for so long that the others give them up, and miss two changes. */
const napping = scenario({
  claim: 'who missed a little is told a little',
  checks: [footprint({ bytesPerSecondMax: 450, connectionsMax: 100 }), agreement()],
  async run(cluster) {
    await cluster.startMany(100);
    await cluster.sleep(20 * SECOND);
    await cluster.idle(async () => {
      for (let i = 0; i < 10; i++) cluster.pause(`n${2 + i}`, 10 * SECOND);
      await cluster.sleep(7 * SECOND);
      cluster.leave('n50');
      cluster.start();
      await cluster.sleep(20 * SECOND);
    });
    await cluster.sleep(40 * SECOND);
  },
});

test.each<[string, Scenario]>([
  ['a server returns', returned],
  ['newcomers are called', newcomers],
  ['news is slow', slowNews],
  ['servers go in pairs', pairs],
  ['most servers leave', shrinking],
  ['servers are idle', idle],
  ['servers nap', napping],
])('without a planted bug, nothing breaks where %s', async (_, scene) => {
  const report = await simulate(scene, { seed: '1' });
  expect(report.ok, told(report)).toBe(true);
});

/** Takes everybody for known. */
class Credulous extends Membership {
  override has(): boolean {
    return true;
  }
}

describe('G5 known first breaks when', () => {
  test('a server acts on calls of whomever it does not know', async () => {
    const parts = {
      ...standardParts,
      membership: (options) => new Credulous(options),
    } satisfies typeof standardParts;
    expect(await broken(returned, { parts })).toBe('G5 known first');
  });

  test('a call for a server that is not known yet does not wait', async () => {
    const hasty = patched(Resolver, 'hold', (hold, _resolver, held) => {
      if (!held.seek) return hold(held);
      held.call.fail(held.unknown());
      return {};
    });
    expect(await broken(newcomers, { patches: [hasty] })).toBe('G5 known first');
  });

  test('nobody is asked for a server that is not known', async () => {
    const parts = membershipMutant({ event: (event) => (event.type === 'find' ? [] : [event]) });
    // Chance decides whether the one neighbour told of it by itself.
    expect(await broken(slowNews, { parts }, ['1', '2', '3', '4'])).toBe('G5 known first');
  });
});

describe('G7 expander breaks when', () => {
  test('there is one ring only', async () => {
    const parts = profileMutant((profile) => ({
      ...profile,
      overlay: { ...profile.overlay, rings: 1 },
    }));
    expect(await broken(pairs, { parts })).toBe('G7 expander');
  });

  test('there are more rings than there may be', async () => {
    const parts = profileMutant((profile) => ({
      ...profile,
      overlay: { ...profile.overlay, rings: 12 },
    }));
    expect(await broken(pairs, { parts })).toBe('G7 expander');
  });

  test('an edge that is lost is never replaced', async () => {
    const lazy = patched(Overlay, 'step', (step, _overlay, now, event, out) => {
      const isLate = now > 9 * SECOND;
      step(now, event, {
        push: (effect) => void ((isLate && effect.type === 'dial') || out.push(effect)),
      });
    });
    expect(await broken(shrinking, { patches: [lazy] })).toBe('G7 expander');
  });
});

describe('G9 footprint breaks when', () => {
  test('every observer probes once a period, as if it were the only one', async () => {
    const noTurns = patched(Neighbourhood, 'turnFor', () => SECOND);
    expect(await broken(idle, { patches: [noTurns] })).toBe('G9 footprint');
  });

  test('turns come twice as often as they should', async () => {
    const hurried = patched(Neighbourhood, 'turnFor', (turnFor, _self, now, prober) => {
      return turnFor(now, prober) / 2;
    });
    expect(await broken(idle, { patches: [hurried] })).toBe('G9 footprint');
  });

  test('summaries are sent though the digests are equal', async () => {
    const anxious = patched(Voice, 'say', (say, self, to, datagram, out) => {
      say(to, datagram, out);
      if (datagram.type === 'probe') self.summarise(to, out);
    });
    expect(await broken(idle, { patches: [anxious] })).toBe('G9 footprint');
  });

  test('edges to strangers are never hung up', async () => {
    const clinging = patched(Overlay, 'step', (step, _overlay, now, event, out) => {
      step(now, event, { push: (effect) => void (effect.type === 'hangUp' || out.push(effect)) });
    });
    expect(await broken(idle, { patches: [clinging] })).toBe('G9 footprint');
  });

  test('whole views are sent where they differ', async () => {
    const talkative = patched(Voice, 'summarise', (summarise, self, peer, out) => {
      self.reconcile(0, { type: 'asked', peer }, out);
      summarise(peer, out);
    });
    expect(await broken(napping, { patches: [talkative] })).toBe('G9 footprint');
  });
});
