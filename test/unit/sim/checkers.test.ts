/** Each checker passes what is right, and fails at each thing that is wrong. */

import { describe, expect, test } from 'vitest';
import {
  agreement,
  completeness,
  isolate,
  knownFirst,
  lanBounds,
  merge,
  type Node,
  order,
  partition,
  SECOND,
} from '../../../sim/index.ts';
import type { ServerId } from '../../../src/id.ts';
import { FakeCluster } from './fake-cluster.ts';

const names = (nodes: readonly Node[]) => nodes.map(({ host }) => host.name);

describe('G1: who ended is gone from all views', () => {
  const at = (ending: 'crash' | 'dark' | 'leave', tellUs: number, late = 0) => {
    const cluster = new FakeCluster(completeness());
    const nodes = cluster.grow(20);
    cluster.end(nodes[3]!, ending);
    cluster.world.runFor(tellUs);
    cluster.tellAll('left', nodes[3]!, 0, late > 0 ? [nodes[7]!] : []);
    cluster.runFor(60);
    return cluster;
  };

  test.each(['crash', 'dark', 'leave'] as const)('by %s: at the bound, and not after', (ending) => {
    const bound = lanBounds[ending];
    const right = at(ending, bound - 1);
    expect(right.violations).toEqual([]);
    expect(right.checker.observed).toBe(19);
    expect(at(ending, bound + 1).violations).toHaveLength(19);
    expect(at(ending, bound - 1, 1).violations).toEqual([
      expect.stringContaining('n8 still tells of n4'),
    ]);
  });

  test('who is silent not before the silence can mean anything', () => {
    expect(at('dark', lanBounds.darkEarliest).violations).toEqual([]);
    expect(at('dark', lanBounds.darkEarliest - 1).violations[0]).toContain('too early');
    expect(at('crash', 1).violations).toEqual([]);
  });

  test('unless another server has answered in its place by then, whatever became of that one', () => {
    const cluster = new FakeCluster(completeness());
    const nodes = cluster.grow(5);
    cluster.end(nodes[3]!, 'dark');
    cluster.end(cluster.start('main', 'n4'), 'leave');
    cluster.tellAll('left', nodes[3]!);
    expect(cluster.violations).toEqual([]);
  });

  test('links that failed before let those give it up sooner, and all when they are most', () => {
    const early = (cutFrom: number, ...tellers: readonly number[]) => {
      const cluster = new FakeCluster(completeness());
      const nodes = cluster.grow(20);
      for (const other of nodes.slice(10, 10 + cutFrom)) {
        cluster.faulting.impose(partition(['n4'], [other.host.name]), 60 * SECOND);
      }
      cluster.runFor(3);
      cluster.end(nodes[3]!, 'dark');
      cluster.faulting.hear({ type: 'ended', node: nodes[3]! });
      cluster.runFor(1);
      for (const teller of tellers) cluster.tell(nodes[teller]!, 'left', nodes[3]!);
      return cluster.violations.length;
    };
    expect(early(1, 0)).toBe(1);
    expect(early(1, 10)).toBe(0);
    expect(early(0, 10)).toBe(1);
    expect(early(10, 0)).toBe(0);
    // Who hears it from one that could know is not early.
    expect(early(1, 10, 0, 1)).toBe(0);
    expect(early(1, 0, 10, 1)).toBe(1);
  });

  test('how long it took is measured, for each and for the last', () => {
    const measures = at('dark', 3 * SECOND).measures.summaries();
    expect(measures).toMatchObject([
      { name: 'told of a silence', unit: 's', count: 19, max: 3 },
      { name: 'last told of a silence', unit: 's', count: 1, max: 3 },
    ]);
  });

  test('when many end at once their neighbours are found in rounds, and all in the end', () => {
    const toldAfter = (seconds: number) => {
      const cluster = new FakeCluster(completeness());
      const nodes = cluster.grow(20);
      for (const node of nodes.slice(0, 8)) cluster.end(node, 'crash');
      cluster.runFor(seconds);
      for (const node of nodes.slice(0, 8)) cluster.tellAll('left', node);
      cluster.runFor(60);
      return cluster.violations.length;
    };
    expect(toldAfter(29)).toBe(0);
    expect(toldAfter(31)).toBeGreaterThan(0);
  });

  test('who is cut off for long is given up by the others in time, and not too soon', () => {
    const toldAfter = (us: number, forgetful = false) => {
      const cluster = new FakeCluster(completeness());
      const nodes = cluster.grow(20);
      cluster.faulting.impose(isolate(['n5']), 20 * SECOND);
      cluster.world.runFor(us);
      cluster.tellAll('left', nodes[4]!, 0, forgetful ? [nodes[0]!] : []);
      cluster.runFor(15);
      return cluster.violations;
    };
    expect(toldAfter(lanBounds.dark - 1)).toEqual([]);
    expect(toldAfter(lanBounds.dark + 1)).toHaveLength(19);
    expect(toldAfter(lanBounds.dark - 1, true)[0]).toContain('n1 still tells of n5');
    expect(toldAfter(lanBounds.darkEarliest)).toEqual([]);
    expect(toldAfter(lanBounds.darkEarliest - 1)[0]).toContain('too early');
  });

  test('each side of a partition gives up the other; a small one is not held to it', () => {
    const split = (size: number, gaveUp: 'both' | 'large' | 'none') => {
      const cluster = new FakeCluster(completeness());
      const nodes = cluster.grow(20);
      const [small, large] = [nodes.slice(0, size), nodes.slice(size)];
      cluster.faulting.split([names(small), names(large)], 100 * SECOND);
      cluster.runFor(10);
      for (const node of small) {
        for (const other of large) {
          if (gaveUp !== 'none') cluster.tell(other, 'left', node);
          if (gaveUp === 'both') cluster.tell(node, 'left', other);
        }
      }
      cluster.runFor(25);
      return cluster.violations.length;
    };
    expect(split(8, 'both')).toBe(0);
    expect(split(8, 'large')).toBe(8 * 12);
    expect(split(3, 'large')).toBe(0);
    expect(split(3, 'none')).toBe(3 * 17);
  });

  test('one that was cut off itself has time to hear of it, and no more', () => {
    const heardAfter = (us: number) => {
      const cluster = new FakeCluster(completeness());
      const nodes = cluster.grow(20);
      cluster.faulting.impose(isolate(['n5']), SECOND);
      cluster.end(nodes[0]!, 'crash');
      cluster.tellAll('left', nodes[0]!, 0, [nodes[4]!]);
      cluster.world.runFor(us);
      cluster.tell(nodes[4]!, 'left', nodes[0]!);
      cluster.runFor(10);
      return cluster.violations.length;
    };
    expect(heardAfter(2 * SECOND - 1)).toBe(0);
    expect(heardAfter(2 * SECOND + 1)).toBe(1);
  });
});

describe('G3: what is told of one server alternates', () => {
  const tells = (...events: (readonly ['joined' | 'left', number])[]) => {
    const cluster = new FakeCluster(order());
    const [a, b] = [cluster.start(), cluster.start()];
    for (const [type, incarnation] of events) cluster.tell(a, type, b, incarnation);
    return cluster.violations[0];
  };

  test('with rising incarnations', () => {
    expect(tells(['joined', 0], ['left', 0], ['joined', 1], ['left', 2])).toBeUndefined();
    expect(tells(['left', 0])).toContain('never announced');
    expect(tells(['joined', 0], ['joined', 1])).toContain('twice in a row');
    expect(tells(['joined', 0], ['left', 0], ['left', 0])).toContain('twice in a row');
    expect(tells(['joined', 1], ['left', 0])).toContain('fell');
    expect(tells(['joined', 1], ['left', 1], ['joined', 1])).toContain('without a new');
  });

  test('and who left for good does not come back', () => {
    const cluster = new FakeCluster(order());
    const [a, b] = cluster.grow(2);
    cluster.end(b!, 'leave');
    cluster.tell(a!, 'left', b!);
    cluster.tell(a!, 'joined', b!, 1);
    expect(cluster.violations).toEqual([expect.stringContaining('left for good')]);
  });

  test('but that it came back before it left may be news until all must know that it left', () => {
    const cameBackAfter = (us: number, cutSeconds = 0) => {
      const cluster = new FakeCluster(order());
      const [a, b] = cluster.grow(20);
      cluster.tell(a!, 'left', b!);
      cluster.views.get(b!)!.incarnation = 1;
      if (cutSeconds > 0) cluster.faulting.impose(isolate(['n1']), cutSeconds * SECOND);
      cluster.end(b!, 'leave');
      cluster.world.runFor(us);
      cluster.tell(a!, 'joined', b!, 1);
      return cluster.violations.length;
    };
    expect(cameBackAfter(lanBounds.leave)).toBe(0);
    expect(cameBackAfter(lanBounds.leave + 1)).toBe(1);
    // One that is cut off hears of nothing meanwhile.
    expect(cameBackAfter(lanBounds.leave + 1, 10)).toBe(0);
    // The merge bound after the cut, and a fifth of its time.
    expect(cameBackAfter(44 * SECOND, 10)).toBe(1);
  });
});

describe('G4: all views are alike once nothing changes', () => {
  test('within the bound, which is measured', () => {
    const cluster = new FakeCluster(agreement());
    const nodes = cluster.grow(5);
    cluster.runFor(1);
    expect(cluster.measures.summaries()[0]?.max).toBeCloseTo(0.1, 3);
    const late = cluster.start();
    cluster.tell(late, 'joined', late);
    for (const node of nodes) cluster.tell(late, 'joined', node);
    cluster.runFor(9.5);
    expect(cluster.violations).toEqual([]);
    cluster.runFor(1);
    expect(cluster.violations[0]).toContain('n1 does not tell of n6, which is up 10 s after');
  });

  test('and again at the end', () => {
    const cluster = new FakeCluster(agreement());
    const [a, b] = cluster.grow(3);
    cluster.runFor(20);
    cluster.views.get(a!)!.incarnation = 1;
    cluster.checker.atEnd();
    expect(cluster.violations[0]).toContain('n1 has n1 at incarnation 0; it is at 1');
    cluster.views.get(a!)!.incarnation = 0;
    cluster.views.get(b!)!.members.delete(a!.id);
    cluster.checker.atEnd();
    expect(cluster.violations.at(-1)).toContain('n2 does not know n1');
  });

  test('not while the network is cut, and in each circuit for itself', () => {
    const cluster = new FakeCluster(agreement());
    const nodes = cluster.grow(4);
    cluster.grow(3, 'other');
    cluster.faulting.impose(isolate(['n1']), 20 * SECOND);
    cluster.tellAll('left', nodes[0]!);
    cluster.runFor(60);
    expect(cluster.violations).toEqual([]);
    cluster.runFor(10);
    expect(cluster.violations.length).toBeGreaterThan(0);
  });
});

describe('G5: a server acts for those alone that it has told of', () => {
  const served = (story: (cluster: FakeCluster, nodes: readonly Node[]) => void) => {
    const cluster = new FakeCluster(knownFirst());
    story(cluster, cluster.grow(2));
    expect(cluster.checker.observed).toBe(1);
    return cluster.violations[0];
  };

  test('and not before, nor after, nor for somebody else', () => {
    expect(served((cluster, [a, b]) => cluster.serve(a!, b!.id))).toBeUndefined();
    expect(served((cluster, [a]) => cluster.serve(a!, cluster.start().id))).toContain(
      'has not told',
    );
    const gone = served((cluster, [a, b]) => {
      cluster.tell(a!, 'left', b!);
      cluster.serve(a!, b!.id);
    });
    expect(gone).toContain('told to be gone');
    const nobody = 'X00000000deadbeef' as ServerId;
    expect(served((cluster, [a]) => cluster.serve(a!, nobody))).toContain('of nobody');
  });
});

describe('G6: what was apart becomes one', () => {
  const healed = (afterSeconds: number | undefined, incarnation = 1) => {
    const cluster = new FakeCluster(merge());
    const nodes = cluster.grow(6);
    cluster.faulting.split([names(nodes.slice(0, 3))], 20 * SECOND);
    cluster.runFor(10);
    const [side, other] = [nodes.slice(0, 3), nodes.slice(3)];
    const all = (type: 'joined' | 'left', at: number) => {
      for (const a of side) {
        for (const b of other) {
          cluster.tell(a, type, b, at);
          cluster.tell(b, type, a, at);
        }
      }
    };
    all('left', 0);
    cluster.runFor(10);
    for (const view of cluster.views.values()) view.incarnation = 1;
    if (afterSeconds !== undefined) {
      cluster.runFor(afterSeconds);
      all('joined', incarnation);
    }
    cluster.runFor(100);
    return cluster;
  };

  test('after a partition, within the bound, and as it is now', () => {
    const right = healed(33);
    expect(right.violations).toEqual([]);
    expect(right.checker.observed).toBe(18);
    expect(right.measures.summaries()).toMatchObject([
      { name: 'told again after a cut', count: 18, max: 33 },
    ]);
    expect(healed(35).violations).toHaveLength(18);
    expect(healed(undefined).violations).toHaveLength(18);
    expect(healed(33, 0).violations[0]).toContain('at incarnation 1');
  });

  test('after two circuits have met', () => {
    const met = (told: boolean) => {
      const cluster = new FakeCluster(merge());
      const [a, b] = [cluster.grow(2, 'a'), cluster.grow(2, 'b')];
      for (const node of a) node.circuit = 'b';
      cluster.event({ type: 'merged', circuits: ['a', 'b'] });
      for (const x of told ? a : []) {
        for (const y of b) {
          cluster.tell(x, 'joined', y);
          cluster.tell(y, 'joined', x);
        }
      }
      cluster.runFor(40);
      return cluster.violations.length;
    };
    expect(met(true)).toBe(0);
    expect(met(false)).toBe(8);
  });
});
