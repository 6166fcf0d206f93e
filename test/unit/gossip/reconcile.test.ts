import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { type Digest, emptyDigest, toggled } from '../../../src/gossip/digest.ts';
import { lan } from '../../../src/gossip/profile.ts';
import {
  Reconcile,
  type ReconcileEffect,
  type ReconcileEvent,
} from '../../../src/gossip/reconcile.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const [ann, bob, cid] = [idOf(1), idOf(2), idOf(3)] as [ServerId, ServerId, ServerId];
const ours = emptyDigest;
/** The view of somebody who holds these, and we do not. */
const holding = (...numbers: number[]): Digest =>
  numbers.reduce((digest, number) => toggled(digest, idOf(number), 0), emptyDigest);

describe('reconcile', () => {
  let reconcile: Reconcile;
  const at = (ms: number, event: ReconcileEvent): ReconcileEffect[] => {
    const out: ReconcileEffect[] = [];
    reconcile.step(ms * MS, event, out);
    return out;
  };
  const tick = (ms: number) => at(ms, { type: 'tick' });
  const digest = (ms: number, peer: ServerId, theirs: Digest, confirming = false) =>
    at(ms, { type: 'digest', peer, theirs, ours, confirming });
  const answer = (ms: number, peer: ServerId, theirs: Digest) => {
    expect(tick(ms)).toEqual([{ type: 'compare', peer }]);
    return digest(ms, peer, theirs, true);
  };

  beforeEach(() => {
    reconcile = new Reconcile(lan.reconcile);
    for (const peer of [ann, bob, cid]) at(0, { type: 'edgeUp', peer });
  });

  describe('a difference', () => {
    test('that is the same after 1 s is worth a summary', () => {
      expect(digest(0, ann, holding(100))).toEqual([]);
      expect(reconcile.deadline()).toBe(1_000 * MS);
      expect(tick(999)).toEqual([]);
      expect(tick(1_000)).toEqual([{ type: 'compare', peer: ann }]);
      expect(digest(1_001, ann, holding(100), true)).toEqual([{ type: 'summarise', peer: ann }]);
      expect(tick(60_000)).toEqual([]);
      expect(reconcile.deadline()).toBe(NEVER);
    });

    test('is the same whatever both have learnt meanwhile', () => {
      digest(0, ann, holding(100));
      tick(1_000);
      const event = { type: 'digest', peer: ann, confirming: true } as const;
      const views = { theirs: holding(5, 6, 100), ours: holding(5, 6) };
      expect(at(1_001, { ...event, ...views })).toEqual([{ type: 'summarise', peer: ann }]);
    });

    test('that passes within 1 s causes nothing', () => {
      digest(0, ann, holding(100));
      digest(999, ann, ours);
      expect(reconcile.deadline()).toBe(NEVER);
      expect(tick(1_000)).toEqual([]);
    });

    test('that has passed when looked at again causes nothing', () => {
      digest(0, ann, holding(100));
      expect(answer(1_000, ann, ours)).toEqual([]);
      tick(5_000);
      expect(reconcile.deadline()).toBe(NEVER);
    });

    test('that is another one each time is looked at every 250 ms', () => {
      digest(0, ann, holding(100));
      expect(answer(1_000, ann, holding(101))).toEqual([]);
      expect(tick(1_249)).toEqual([]);
      expect(answer(1_250, ann, holding(102))).toEqual([]);
      expect(answer(1_500, ann, ours)).toEqual([]);
      tick(1_750);
      expect(reconcile.deadline()).toBe(NEVER);
    });

    test('is confirmed by any earlier look, with news on its way in between', () => {
      digest(0, ann, holding(100, 7));
      expect(answer(1_000, ann, holding(100))).toEqual([]);
      expect(answer(1_250, ann, holding(100, 8))).toEqual([]);
      expect(answer(1_500, ann, holding(100))).toEqual([{ type: 'summarise', peer: ann }]);
    });

    test('that grows each time is confirmed after 2 s', () => {
      digest(0, ann, holding(1));
      expect(answer(1_000, ann, holding(1, 2))).toEqual([]);
      expect(answer(1_250, ann, holding(1, 2, 3))).toEqual([]);
      expect(answer(1_500, ann, holding(1, 2, 3, 4))).toEqual([]);
      expect(answer(1_750, ann, holding(1, 2, 3, 4, 5))).toEqual([]);
      expect(answer(2_000, ann, holding(1, 2, 3, 4, 5, 6))).toEqual([
        { type: 'summarise', peer: ann },
      ]);
    });

    test('is not confirmed by what comes unasked, which may be old', () => {
      digest(0, ann, holding(100));
      expect(digest(1_000, ann, holding(100))).toEqual([]);
      expect(digest(1_000, ann, holding(100), true)).toEqual([]);
      expect(tick(1_000)).toEqual([{ type: 'compare', peer: ann }]);
      expect(digest(1_001, ann, holding(100))).toEqual([]);
    });

    test('is asked for once more when no answer comes for 1 s', () => {
      digest(0, ann, holding(100));
      tick(1_000);
      expect(tick(1_999)).toEqual([]);
      expect(answer(2_000, ann, holding(100))).toEqual([{ type: 'summarise', peer: ann }]);
    });

    test('from a peer without an edge is nothing to us', () => {
      at(0, { type: 'edgeDown', peer: ann });
      digest(1, ann, holding(100));
      expect(reconcile.deadline()).toBe(NEVER);
      digest(1, bob, holding(100));
      at(2, { type: 'edgeDown', peer: bob });
      expect(reconcile.deadline()).toBe(NEVER);
    });
  });

  describe('summaries', () => {
    const lost = holding(100);

    test('are sent once a second, and the next is looked at again by then', () => {
      digest(0, ann, lost);
      digest(0, bob, lost);
      expect(tick(1_000)).toHaveLength(2);
      expect(digest(1_001, ann, lost, true)).toEqual([{ type: 'summarise', peer: ann }]);
      expect(digest(1_001, bob, lost, true)).toEqual([]);
      expect(tick(2_000)).toEqual([]);
      expect(tick(2_001)).toEqual([{ type: 'compare', peer: bob }]);
      expect(digest(2_002, bob, lost, true)).toEqual([{ type: 'summarise', peer: bob }]);
    });

    test('are sent to the same peer once in 5 s', () => {
      digest(0, ann, lost);
      expect(answer(1_000, ann, lost)).toHaveLength(1);
      digest(1_001, ann, lost);
      expect(answer(2_001, ann, lost)).toEqual([]);
      expect(tick(5_999)).toEqual([]);
      expect(answer(6_000, ann, lost)).toEqual([{ type: 'summarise', peer: ann }]);
    });

    test('are answered at once, and the next of the same peer after 1 s', () => {
      const summarised = (ms: number, peer: ServerId) => at(ms, { type: 'summarised', peer });
      expect(summarised(0, ann)).toEqual([{ type: 'differ', peer: ann }]);
      expect(summarised(10, ann)).toEqual([]);
      expect(summarised(20, ann)).toEqual([]);
      expect(summarised(20, bob)).toEqual([{ type: 'differ', peer: bob }]);
      expect(tick(999)).toEqual([]);
      expect(tick(1_000)).toEqual([{ type: 'differ', peer: ann }]);
      expect(reconcile.deadline()).toBe(NEVER);
    });

    test('spare the one that the same difference would cause here', () => {
      digest(0, ann, lost);
      at(10, { type: 'summarised', peer: ann });
      expect(reconcile.deadline()).toBe(NEVER);
      digest(20, ann, lost);
      expect(answer(1_020, ann, lost)).toEqual([]);
    });

    test('of a peer whose edge broke are not answered', () => {
      at(0, { type: 'summarised', peer: ann });
      at(10, { type: 'summarised', peer: ann });
      at(20, { type: 'edgeDown', peer: ann });
      expect(reconcile.deadline()).toBe(NEVER);
      expect(at(30, { type: 'summarised', peer: ann })).toEqual([]);
    });
  });

  describe('views', () => {
    const asked = (ms: number, peer: ServerId) => at(ms, { type: 'asked', peer });

    test('are given at once, and to those who ask within 50 ms together', () => {
      expect(asked(0, ann)).toEqual([{ type: 'view', peers: [ann] }]);
      expect(asked(1, bob)).toEqual([]);
      expect(asked(2, cid)).toEqual([]);
      expect(reconcile.deadline()).toBe(50 * MS);
      expect(tick(49)).toEqual([]);
      expect(tick(50)).toEqual([{ type: 'view', peers: [bob, cid] }]);
      expect(reconcile.deadline()).toBe(NEVER);
    });

    test('are given to the same peer once a second', () => {
      asked(0, ann);
      expect(asked(500, ann)).toEqual([]);
      expect(asked(600, bob)).toEqual([{ type: 'view', peers: [bob] }]);
      expect(tick(999)).toEqual([]);
      expect(tick(1_000)).toEqual([{ type: 'view', peers: [ann] }]);
    });

    test('are given to nobody whose edge broke', () => {
      asked(0, ann);
      asked(1, bob);
      at(2, { type: 'edgeDown', peer: bob });
      expect(reconcile.deadline()).toBe(NEVER);
      expect(asked(200, bob)).toEqual([]);
    });
  });
});

/**
 * One server, ten peers, 25 changes a second, each of which comes to every one of them within
 * `skewMs` of the first. Each second somebody's digest is seen. Returns when summaries were sent.
 */
function underChurn(options: {
  readonly seed: string;
  readonly seconds: number;
  readonly skewMs: number;
  /** Whether we miss the change of that number. */
  readonly misses: (change: number) => boolean;
}): number[] {
  const random = new SimRandom(options.seed);
  const reconcile = new Reconcile(lan.reconcile);
  const changes: { at: number; id: ServerId; number: number }[] = [];
  for (let at = 0; at < options.seconds * 1_000; at += random.float() * 80) {
    changes.push({ at, id: idOf(changes.length), number: changes.length });
  }
  const peers = Array.from({ length: 11 }, (_, number) => idOf(0x1000 + number));
  const delays = peers.map(() => changes.map(() => random.float() * options.skewMs));
  const view = (who: number, ms: number): Digest => {
    let digest = emptyDigest;
    for (const { at, id, number } of changes) {
      if (who === 0 && options.misses(number)) continue;
      if (at + (delays[who]?.[number] as number) <= ms) digest = toggled(digest, id, 0);
    }
    return digest;
  };
  const summaries: number[] = [];
  const out: ReconcileEffect[] = [];
  for (const peer of peers.slice(1)) reconcile.step(0, { type: 'edgeUp', peer }, out);
  for (let ms = 0; ms < options.seconds * 1_000; ms++) {
    const meet = (who: number, confirming: boolean) => {
      const [theirs, ours] = [view(who, ms), view(0, ms)];
      const peer = peers[who] as ServerId;
      reconcile.step(ms * MS, { type: 'digest', peer, theirs, ours, confirming }, out);
    };
    if (ms % 1_000 === 500) meet(1 + random.below(10), false);
    if (reconcile.deadline() <= ms * MS) reconcile.step(ms * MS, { type: 'tick' }, out);
    for (const effect of out.splice(0)) {
      if (effect.type === 'compare') meet(peers.indexOf(effect.peer), true);
      else if (effect.type === 'summarise') summaries.push(ms);
    }
  }
  return summaries;
}

describe('under 25 changes a second', () => {
  const seeds = ['a', 'b', 'c', 'd', 'e'];

  test('a change that was missed is reconciled within 5 s', () => {
    for (const seed of seeds) {
      for (const skewMs of [5, 20, 50]) {
        const [first] = underChurn({ seed, seconds: 8, skewMs, misses: (at) => at === 25 });
        expect(first, `${seed}, ${skewMs} ms`).toBeLessThan(6_000);
      }
    }
  });

  test('a server that misses every change from some moment is reconciled within 5 s', () => {
    for (const seed of seeds) {
      const [first] = underChurn({ seed, seconds: 8, skewMs: 20, misses: (at) => at >= 25 });
      expect(first, seed).toBeLessThan(6_000);
    }
  });

  test('news on its way causes hardly any summary', () => {
    for (const seed of seeds) {
      const summaries = underChurn({ seed, seconds: 40, skewMs: 20, misses: () => false });
      expect(summaries, seed).toEqual([]);
    }
  });
});
