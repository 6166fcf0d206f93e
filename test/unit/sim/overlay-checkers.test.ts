/** The checkers of the overlay and of the footprint, on graphs and figures that are known. */

import { describe, expect, test } from 'vitest';
import { expander, footprint, isolate, type Node, SECOND, SimRandom } from '../../../sim/index.ts';
import { limits } from '../../../src/limits.ts';
import { FakeCluster } from './fake-cluster.ts';

/** So many circles through all, each in another order. */
function circles(cluster: FakeCluster, nodes: readonly Node[], count: number): void {
  const random = new SimRandom('circles');
  for (let ring = 0; ring < count; ring++) {
    const order = [...nodes];
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [order[i], order[j]] = [order[j] as Node, order[i] as Node];
    }
    cluster.circle(order);
  }
}

const start = (cluster: FakeCluster, count: number) =>
  Array.from({ length: count }, () => cluster.start());

describe('G7: the overlay', () => {
  test('is an expander: of random circles, and not one circle with few ways across', () => {
    const good = new FakeCluster(expander());
    circles(good, start(good, 500), 5);
    good.runFor(8);
    expect(good.violations).toEqual([]);
    expect(good.checker.observed).toBeGreaterThan(1);
    const ratio = good.measures.summaries().find(({ name }) => name.includes('eigenvalue'));
    expect(ratio?.max).toBeLessThan(1.05);
    const bad = new FakeCluster(expander());
    const nodes = start(bad, 500);
    for (let step = 1; step <= 5; step++) {
      for (const [i, node] of nodes.entries()) {
        bad.link(node, nodes[(i + step) % nodes.length] as Node);
      }
    }
    bad.runFor(8);
    expect(bad.violations[0]).toContain('the second eigenvalue of 500 servers is 9.9');
  });

  test('is connected, but for those that are new or cut off', () => {
    const cluster = new FakeCluster(expander());
    const nodes = start(cluster, 30);
    cluster.circle(nodes.slice(1));
    cluster.runFor(4.5);
    expect(cluster.violations).toEqual([]);
    cluster.faulting.impose(isolate(['n1']), 20 * SECOND);
    cluster.runFor(20);
    expect(cluster.violations).toEqual([]);
    cluster.runFor(60);
    expect(cluster.violations[0]).toContain('n1 is in a part of 1 servers on its own');
  });

  test('is connected on each side of a cut, and whole again after it', () => {
    const cluster = new FakeCluster(expander());
    const nodes = start(cluster, 30);
    const [left, right] = [nodes.slice(0, 12), nodes.slice(12)];
    cluster.circle(left);
    cluster.circle(right);
    const names = left.map(({ host }) => host.name);
    cluster.faulting.split([names], 20 * SECOND);
    cluster.runFor(15);
    expect(cluster.violations).toEqual([]);
    const [alone] = left;
    const edges = cluster.views.get(alone!)?.edges;
    for (const id of edges ?? []) edges?.delete(id);
    cluster.runFor(2);
    expect(cluster.violations[0]).toContain('n1 is in a part of 1');
    cluster.violations.length = 0;
    cluster.circle(left);
    // The merge bound and a fifth of the cut are over after 54 s.
    cluster.runFor(36);
    expect(cluster.violations).toEqual([]);
    cluster.runFor(3);
    expect(cluster.violations[0]).toContain('n1 is in a part of 12');
  });

  test('counts only edges that stand at both ends', () => {
    const cluster = new FakeCluster(expander());
    const nodes = start(cluster, 20);
    cluster.circle(nodes);
    for (const node of nodes.slice(1)) cluster.views.get(node)?.edges.delete(nodes[0]!.id);
    cluster.runFor(8);
    expect(cluster.violations[0]).toContain('n1 is in a part of 1');
  });

  test('has a bounded degree', () => {
    const star = (arms: number) => {
      const cluster = new FakeCluster(expander());
      const nodes = start(cluster, 40);
      cluster.circle(nodes);
      for (const node of nodes.slice(2, arms)) cluster.link(nodes[0]!, node);
      cluster.runFor(8);
      return cluster.violations[0];
    };
    expect(star(14)).toBeUndefined();
    expect(star(15)).toContain('n1 has 15 neighbours, more than 14');
  });

  test('has a grace after many went at once', () => {
    const cluster = new FakeCluster(expander());
    const nodes = start(cluster, 30);
    cluster.circle(nodes);
    cluster.runFor(10);
    const before = cluster.checker.observed;
    for (const node of nodes.slice(0, 29).filter((_, i) => i % 3 === 0)) {
      cluster.end(node, 'crash');
    }
    cluster.runFor(5);
    expect(cluster.violations).toEqual([]);
    expect(cluster.checker.observed).toBeLessThanOrEqual(before + 1);
    cluster.runFor(5);
    expect(cluster.violations.length).toBeGreaterThan(0);
  });
});

describe('G9: an idle server', () => {
  const idle = (...circuits: (readonly [servers: number, bytesPerSecond: number])[]) => {
    const cluster = new FakeCluster(footprint());
    const idlers = circuits.flatMap(([servers, bytesPerSecond], i) =>
      cluster.grow(servers, `c${i}`).map((node) => ({
        node,
        bytesPerSecond,
        streamBytesPerSecond: 0,
        datagramsPerSecond: 2,
        multicastsPerSecond: 0,
      })),
    );
    cluster.event({ type: 'idled', idlers });
    return cluster.violations[0];
  };

  test('sends little', () => {
    expect(idle([3, 60])).toBeUndefined();
    expect(idle([3, 61])).toContain('each of 3 idle servers sends 61.0 B/s, more than 60');
  });

  test('and no more among many than among few', () => {
    expect(idle([16, 40], [64, 41.9])).toBeUndefined();
    expect(idle([16, 40], [64, 42.1])).toContain('and each of 16 40.0');
    expect(idle([64, 42.1], [16, 40])).toContain('and each of 64 42.1');
    expect(idle([5, 20], [64, 40])).toBeUndefined();
  });

  test('remembers no more of those that are gone than it may', () => {
    const cluster = new FakeCluster(footprint());
    const [node] = cluster.grow(2);
    cluster.views.get(node!)!.departedCount = limits.departedMax;
    cluster.checker.atEnd();
    expect(cluster.violations).toEqual([]);
    cluster.views.get(node!)!.departedCount++;
    cluster.checker.atEnd();
    expect(cluster.violations[0]).toContain('n1 remembers 16385 servers');
  });

  test('has few connections', () => {
    const cluster = new FakeCluster(footprint({ connectionsMax: 1 }));
    const [node] = cluster.grow(2);
    const idler = {
      node: node!,
      bytesPerSecond: 1,
      streamBytesPerSecond: 0,
      datagramsPerSecond: 1,
      multicastsPerSecond: 0,
    };
    const to = cluster.world.host('n2')!.streams.address;
    const events = { received: () => {}, drained: () => {}, closed: () => {} };
    node!.host.streams.dial(to, events);
    cluster.event({ type: 'idled', idlers: [idler] });
    expect(cluster.violations).toEqual([]);
    node!.host.streams.dial(to, events);
    cluster.event({ type: 'idled', idlers: [idler] });
    expect(cluster.violations[0]).toContain('n1 has 2 connections, more than 1');
  });
});
