/** How simulated processes and containers end with their server, as real ones do. */

import { expect, test } from 'vitest';
import { type Cluster, SECOND } from '../../sim/index.ts';
import type { Node } from '../../sim/node.ts';
import { limits } from '../../src/limits.ts';
import { inCluster as inClusterOf } from '../support/simulate.ts';

/** What each program was told, in order. */
let told: string[];

const inCluster = (story: (cluster: Cluster, far: Node) => Promise<void>): Promise<void> =>
  inClusterOf(async (cluster) => {
    told = [];
    const { programs } = cluster.world;
    programs.register('/test/obedient', {
      start: (_args, io) =>
        io.onSignal('TERM', () => {
          told.push('obedient TERM');
          io.exit(0);
        }),
    });
    programs.register('/test/stubborn', {
      start: (_args, io) => io.onSignal('TERM', () => void told.push('stubborn TERM')),
    });
    await story(cluster, cluster.present[1]!);
  });

async function run(cluster: Cluster, far: Node, ...paths: string[]): Promise<void> {
  const client = await cluster.client(cluster.present[0]!);
  for (const [i, Path] of paths.entries()) await client.walk(`/${far.id}/${i}`).makeProc({ Path });
  await client.close();
}

/** How long after now the server has ended. */
async function untilGone(cluster: Cluster, far: Node): Promise<number> {
  const start = cluster.now;
  await cluster.until(() => !far.host.alive);
  return cluster.now - start;
}

test('a server that leaves asks its processes to end, and waits for them', () =>
  inCluster(async (cluster, far) => {
    await run(cluster, far, '/test/obedient', '/test/obedient');
    cluster.leave(far.host.name);
    expect(await untilGone(cluster, far)).toBeLessThan(SECOND);
    expect(told).toEqual(['obedient TERM', 'obedient TERM']);
  }));

test('one that does not end is killed after the grace', () =>
  inCluster(async (cluster, far) => {
    await run(cluster, far, '/test/obedient', '/test/stubborn');
    cluster.leave(far.host.name);
    await cluster.sleep((limits.processGraceMs - 1) * 1_000);
    expect(far.host.spawner.left).toBe(1);
    expect(await untilGone(cluster, far)).toBeLessThan(SECOND);
    expect(told.sort()).toEqual(['obedient TERM', 'stubborn TERM']);
  }));

test('those of a server that crashes are not asked', () =>
  inCluster(async (cluster, far) => {
    await run(cluster, far, '/test/obedient');
    cluster.crash(far.host.name);
    await cluster.sleep(SECOND);
    expect(far.host.spawner.left).toBe(0);
    expect(told).toEqual([]);
  }));

test('a server that leaves removes its containers', () =>
  inCluster(async (cluster, far) => {
    const client = await cluster.client(cluster.present[0]!);
    await client.walk(`/${far.id}/a`).makeDocker({ Image: '/test/obedient' });
    await client.walk(`/${far.id}/b`).makeDocker({ Image: '/test/stubborn' });
    const { engine } = far.host.machine;
    expect(engine.names).toHaveLength(2);
    cluster.leave(far.host.name);
    await untilGone(cluster, far);
    expect(engine.names).toEqual([]);
    expect(told.sort()).toEqual(['obedient TERM', 'stubborn TERM']);
  }));
