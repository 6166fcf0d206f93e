/** Whom a fault excuses for being given up, and for how long: neither too much nor too little. */

import { describe, expect, test } from 'vitest';
import { accuracy, isolate, type Node, partition, SECOND } from '../../../sim/index.ts';
import { FakeCluster } from './fake-cluster.ts';

const hostNames = (count: number) => Array.from({ length: count }, (_, i) => `n${i + 1}`);
const names = (nodes: readonly Node[]) => nodes.map(({ host }) => host.name);

describe('G2: who is up and reachable is not given up', () => {
  const slander = (story: (cluster: FakeCluster, nodes: readonly Node[]) => void) => {
    const cluster = new FakeCluster(accuracy());
    const nodes = cluster.grow(20);
    story(cluster, nodes);
    return cluster.violations.length;
  };

  test('when nothing is wrong', () => {
    expect(slander((cluster, [a, b]) => cluster.tell(a!, 'left', b!))).toBe(1);
  });

  test('a host that is cut off may be, and may give up the others, until it is found out', () => {
    const cut = (seconds: number, forSeconds: number, observer: number, subject: number) =>
      slander((cluster, nodes) => {
        cluster.faulting.impose(isolate(['n5']), forSeconds * SECOND);
        cluster.runFor(seconds);
        cluster.tell(nodes[observer]!, 'left', nodes[subject]!);
      });
    expect(cut(4, 10, 0, 4)).toBe(0);
    expect(cut(4, 10, 4, 0)).toBe(0);
    expect(cut(4, 10, 0, 1)).toBe(1);
    // The bound for a silence, and two seconds for the news of it.
    expect(cut(17.9, 10, 0, 4)).toBe(0);
    expect(cut(18.1, 10, 0, 4)).toBe(1);
    // A moment excuses nobody.
    expect(cut(1, 1.9, 0, 4)).toBe(1);
    expect(cut(2, 1.9, 0, 4)).toBe(1);
  });

  test('a side of a partition may give up the other, and nobody of its own', () => {
    const split = (observer: number, subject: number) =>
      slander((cluster, nodes) => {
        cluster.faulting.split([names(nodes.slice(0, 8))], 60 * SECOND);
        cluster.runFor(4);
        cluster.tell(nodes[observer]!, 'left', nodes[subject]!);
      });
    expect(split(0, 9)).toBe(0);
    expect(split(9, 0)).toBe(0);
    expect(split(0, 1)).toBe(1);
    expect(split(9, 10)).toBe(1);
  });

  test('links that work for some excuse nobody, nor do loss and delay', () => {
    const under = (...rules: Parameters<FakeCluster['faulting']['impose']>[0][]) =>
      slander((cluster, nodes) => {
        for (const rule of rules) cluster.faulting.impose(rule, 60 * SECOND);
        cluster.runFor(4);
        cluster.tell(nodes[0]!, 'left', nodes[4]!);
      });
    expect(under({ type: 'cut', from: ['n5'], to: ['n1', 'n2'] })).toBe(1);
    expect(under(partition(['n5'], ['n1', 'n2']))).toBe(1);
    expect(under({ type: 'loss', ratio: 0.3, from: 'any', to: 'any' })).toBe(1);
    expect(under({ type: 'cut', from: 'any', to: ['n5'] })).toBe(0);
  });

  test('faults that follow each other with hardly a pause count as one silence', () => {
    const slandered = (gapSeconds: number) =>
      slander((cluster, nodes) => {
        cluster.faulting.impose(isolate(['n5']), 1.5 * SECOND);
        cluster.runFor(1.5 + gapSeconds);
        cluster.faulting.impose(isolate(['n5']), 1.5 * SECOND);
        cluster.runFor(1.4);
        cluster.tell(nodes[0]!, 'left', nodes[4]!);
      });
    expect(slandered(0.5)).toBe(0);
    expect(slandered(1.5)).toBe(1);
  });

  test('a host that single cuts leave with a minority may be, by all', () => {
    const cutFrom = (others: readonly string[]) =>
      slander((cluster) => {
        const nodes = cluster.grow(5, 'small');
        for (const other of others)
          cluster.faulting.impose(partition(['n25'], [other]), 60 * SECOND);
        cluster.runFor(4);
        cluster.tell(nodes[0]!, 'left', nodes[4]!);
      });
    expect(cutFrom(['n21', 'n22'])).toBe(1);
    expect(cutFrom(hostNames(24))).toBe(0);
  });

  test('a host that is too slow may be, and one that keeps up may not', () => {
    const slow = (eventUs: number) =>
      slander((cluster, nodes) => {
        cluster.faulting.ail('n5', { type: 'slow', eventUs }, 60 * SECOND);
        const { host } = nodes[4]!;
        for (let i = 0; i < 100; i++) host.clock.schedule(i * 10_000, () => {});
        cluster.runFor(6);
        cluster.tell(nodes[0]!, 'left', nodes[4]!);
      });
    expect(slow(1_000)).toBe(1);
    expect(slow(300_000)).toBe(0);
  });

  test('what was told rightly gets around, when all can reach it again or others do not either', () => {
    const heardAfter = (seconds: number) =>
      slander((cluster, nodes) => {
        cluster.faulting.split([names(nodes.slice(0, 8))], 10 * SECOND);
        cluster.runFor(9.9);
        cluster.tell(nodes[0]!, 'left', nodes[9]!);
        cluster.runFor(seconds);
        cluster.tell(nodes[10]!, 'left', nodes[9]!);
      });
    expect(heardAfter(0.05)).toBe(1);
    expect(heardAfter(0.2)).toBe(0);
    expect(heardAfter(2.2)).toBe(1);
  });

  test('one that was given up meanwhile may be until all have met again; the others may not', () => {
    const cut = (seconds: number, gaveUpAt: number, subject: number) =>
      slander((cluster, nodes) => {
        const tellAt = (atSeconds: number, observer: number, whom: number) =>
          cluster.world.at(atSeconds * SECOND, () =>
            cluster.tell(nodes[observer]!, 'left', nodes[whom]!),
          );
        cluster.runFor(10);
        cluster.faulting.impose(isolate(['n5']), 10 * SECOND);
        tellAt(10 + gaveUpAt, 0, 4);
        tellAt(10 + seconds, subject === 4 ? 1 : 4, subject);
        cluster.runFor(60);
      });
    // The merge bound, and a fifth of ten seconds.
    expect(cut(41.9, 4, 4)).toBe(0);
    expect(cut(42.1, 4, 4)).toBe(1);
    // That n1 gave up n5 lets n5 give up nobody so late.
    expect(cut(17.9, 4, 3)).toBe(0);
    expect(cut(18.1, 4, 3)).toBe(1);
  });

  test('that it was given up before this silence excuses nothing', () => {
    const gaps = (secondTold: boolean) =>
      slander((cluster, nodes) => {
        cluster.faulting.impose(isolate(['n5']), 10 * SECOND);
        cluster.runFor(5);
        cluster.tell(nodes[0]!, 'left', nodes[4]!);
        cluster.runFor(95);
        cluster.faulting.impose(isolate(['n5']), 10 * SECOND);
        cluster.runFor(5);
        if (secondTold) cluster.tell(nodes[0]!, 'left', nodes[4]!, 1);
        cluster.runFor(15);
        cluster.tell(nodes[1]!, 'left', nodes[4]!, 1);
      });
    expect(gaps(false)).toBe(1);
    expect(gaps(true)).toBe(0);
  });

  test('how many were judged and excused is measured, once a run', () => {
    const cluster = new FakeCluster(accuracy());
    const nodes = cluster.grow(20);
    cluster.faulting.impose(isolate(['n5']), 10 * SECOND);
    cluster.runFor(4);
    cluster.tell(nodes[0]!, 'left', nodes[4]!);
    cluster.tell(nodes[0]!, 'left', nodes[1]!);
    cluster.end(nodes[2]!, 'leave');
    cluster.tell(nodes[0]!, 'left', nodes[2]!);
    cluster.checker.atEnd();
    expect(cluster.measures.summaries()).toMatchObject([
      { name: 'departures judged', count: 1, max: 3 },
      { name: 'departures excused', count: 1, max: 1 },
    ]);
  });

  test('until a server that was given up again and again can be back', () => {
    const slandered = (times: number, seconds: number) =>
      slander((cluster, nodes) => {
        for (let turn = 0; turn < times; turn++) {
          cluster.faulting.impose(isolate(['n5']), 10 * SECOND);
          cluster.runFor(10);
          cluster.truth.left(nodes[0]!, nodes[4], turn);
        }
        cluster.runFor(seconds);
        cluster.tell(nodes[0]!, 'left', nodes[4]!, times);
      });
    expect(slandered(1, 31)).toBe(0);
    expect(slandered(1, 33)).toBe(1);
    // The second time takes 30 s more, the third 60 s.
    expect(slandered(2, 61)).toBe(0);
    expect(slandered(2, 63)).toBe(1);
    expect(slandered(3, 91)).toBe(0);
    expect(slandered(3, 93)).toBe(1);
  });

  test('what the scenario says to be faulty may be', () => {
    const faulty = (subject: number) =>
      slander((cluster, nodes) => {
        cluster.faulting.faulty({ hosts: ['n5'], forUs: 60 * SECOND });
        cluster.runFor(4);
        cluster.tell(nodes[0]!, 'left', nodes[subject]!);
      });
    expect(faulty(4)).toBe(0);
    expect(faulty(5)).toBe(1);
  });

  test('after everything was healed, as after the end of a fault', () => {
    const healed = (seconds: number, wasGivenUp: boolean) =>
      slander((cluster, nodes) => {
        cluster.faulting.impose(isolate(['n5']));
        cluster.runFor(10);
        if (wasGivenUp) cluster.tell(nodes[1]!, 'left', nodes[4]!);
        cluster.faulting.heal();
        cluster.runFor(seconds);
        cluster.tell(nodes[0]!, 'left', nodes[4]!);
      });
    expect(healed(7.9, false)).toBe(0);
    expect(healed(8.1, false)).toBe(1);
    expect(healed(31, true)).toBe(0);
    expect(healed(33, true)).toBe(1);
  });
});
