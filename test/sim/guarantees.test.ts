/** Real servers, and whatever can go wrong with them: all checkers watch, and have what to look at. */

import { describe, expect, test } from 'vitest';
import {
  accuracy,
  agreement,
  type Cluster,
  completeness,
  drifting,
  expander,
  flapping,
  footprint,
  isolate,
  jumping,
  knownFirst,
  lanBounds,
  loss,
  massFailure,
  merge,
  order,
  profiles,
  SECOND,
  scenario,
  sessions,
  stalls,
  wan,
  wanBounds,
} from '../../sim/index.ts';
import { simulate, told } from '../support/simulate.ts';

const watchers = [completeness(), accuracy(), order(), agreement(), expander()];

/** Runs a story with thirty servers, and gives the names of their hosts. */
async function inCircuit(
  story: (cluster: Cluster, hosts: readonly string[]) => Promise<void>,
  extra: Partial<Parameters<typeof scenario>[0]> = {},
) {
  const scene = scenario({
    claim: 'it comes true',
    checks: watchers,
    bounds: lanBounds,
    ...extra,
    async run(cluster) {
      const nodes = await cluster.startMany(30);
      await cluster.sleep(3 * SECOND);
      await story(
        cluster,
        nodes.map(({ host }) => host.name),
      );
    },
  });
  const report = await simulate(scene, { seed: '1' });
  expect(report.ok, told(report)).toBe(true);
  return report;
}

describe('every guarantee holds', () => {
  test('while a host is cut off and stands still: it goes, and comes back', async () => {
    const { checks, measures } = await inCircuit(
      async (cluster) => {
        cluster.impose(isolate(['n3']), 15 * SECOND);
        cluster.pause('n7', 15 * SECOND);
        await cluster.sleep(60 * SECOND);
      },
      { checks: [...watchers, merge()] },
    );
    expect(checks.find(({ guarantee }) => guarantee === 'G6 merge')?.observed).toBeGreaterThan(100);
    expect(measures.some(({ name }) => name === 'told again after a cut')).toBe(true);
  });

  test('in two halves, and after', async () => {
    await inCircuit(
      async (cluster, hosts) => {
        cluster.split([hosts.slice(0, 15)], 40 * SECOND);
        await cluster.sleep(20 * SECOND);
        cluster.crash('n2');
        cluster.crash('n22');
        await cluster.sleep(80 * SECOND);
      },
      { checks: [...watchers, merge()] },
    );
  });

  test('of two circuits that meet, and of servers that call each other', async () => {
    const { checks } = await inCircuit(
      async (cluster) => {
        const others = await cluster.startMany(12, { circuit: 'other' });
        cluster.crash(others[7]!.host.name);
        await cluster.sleep(3 * SECOND);
        await cluster.join(others[3]!, cluster.on('n5')!);
        const client = await cluster.client(others[4]!);
        await client.walk(`/${cluster.on('n9')!.id}/x`).makeChan(1);
        await cluster.sleep(40 * SECOND);
      },
      { checks: [...watchers, merge(), knownFirst()] },
    );
    expect(checks.every(({ observed }) => observed > 0)).toBe(true);
  });

  test('while hosts stall, lose packets and flap', async () => {
    await inCircuit(async (cluster, hosts) => {
      const fromUs = cluster.now;
      const toUs = fromUs + 40 * SECOND;
      const random = cluster.world.random.fork('faults');
      const slow = { hosts, fromUs, toUs, everyUs: 2 * SECOND, share: 0.1, forUs: 400_000 };
      cluster.play([
        ...stalls(random, slow),
        ...loss({ hosts: 'any', fromUs, forUs: 40 * SECOND, ratio: 0.05, direction: 'both' }),
        ...flapping({
          hosts: ['n4'],
          fromUs,
          toUs,
          cutUs: 5 * SECOND,
          gapUs: 3 * SECOND,
          direction: 'in',
        }),
      ]);
      await cluster.sleep(20 * SECOND);
      cluster.leave('n12');
      await cluster.sleep(40 * SECOND);
    });
  });

  test('while clocks are wrong', async () => {
    await inCircuit(async (cluster, hosts) => {
      const random = cluster.world.random.fork('clocks');
      const times = { fromUs: cluster.now, toUs: cluster.now + 40 * SECOND, everyUs: 3 * SECOND };
      cluster.play([
        ...drifting(random, { hosts, atUs: cluster.now, ratio: 0.01 }),
        ...jumping(random, { hosts, ...times, wallMs: 3_600_000 }),
      ]);
      await cluster.sleep(10 * SECOND);
      cluster.dark('n9');
      await cluster.sleep(10 * SECOND);
      cluster.crash('n8');
      await cluster.sleep(30 * SECOND);
    });
  });

  test('when a third goes at once, and others live short', async () => {
    await inCircuit(async (cluster, hosts) => {
      const random = cluster.world.random.fork('ends');
      const third = { hosts, atUs: cluster.now, share: 0.33, way: 'dark' } as const;
      cluster.play(massFailure(random, { ...third, awayUs: 40 * SECOND }));
      await cluster.sleep(60 * SECOND);
      const times = { fromUs: cluster.now, toUs: cluster.now + 60 * SECOND };
      const ways = { crash: 1, dark: 0, leave: 1 };
      cluster.play(sessions(random, { hosts, ...times, medianUs: 60 * SECOND, ways }));
      await cluster.sleep(70 * SECOND);
    });
  });

  test('across four continents', async () => {
    await inCircuit(
      async (cluster) => {
        cluster.dark('n9');
        await cluster.sleep(20 * SECOND);
        cluster.crash('n8');
        await cluster.sleep(10 * SECOND);
        cluster.leave('n7');
        await cluster.sleep(10 * SECOND);
      },
      { topology: wan(), profile: profiles.wan, bounds: wanBounds },
    );
  });

  test('while nothing happens: little is said, in a large circuit as in a small one', async () => {
    const report = await inCircuit(
      async (cluster) => {
        await cluster.startMany(60, { circuit: 'large' });
        await cluster.sleep(60 * SECOND);
        await cluster.idle(() => cluster.sleep(60 * SECOND));
      },
      { checks: [agreement(), footprint()] },
    );
    const sent = report.measures.find(({ name }) => name === 'sent while idle');
    expect(sent?.count).toBe(90);
  });
});
