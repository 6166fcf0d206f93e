import { beforeEach, describe, expect, test } from 'vitest';
import { emptyDigest } from '../../../src/gossip/digest.ts';
import { Gossip, type GossipEffect, type GossipEvent } from '../../../src/gossip/gossip.ts';
import type { ServerId } from '../../../src/id.ts';
import { lan } from '../../../src/membership/profile.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const [ann, bob, cid] = [idOf(1), idOf(2), idOf(3)] as [ServerId, ServerId, ServerId];
const x = idOf(100);
const y = idOf(101);
const ours = emptyDigest;
const other = { high: 1, low: 0 };

describe('gossip', () => {
  let gossip: Gossip;
  const at = (ms: number, event: GossipEvent): GossipEffect[] => {
    const out: GossipEffect[] = [];
    gossip.step(ms * MS, event, out);
    return out;
  };
  const tick = (ms: number) => at(ms, { type: 'tick' });
  const compare = (ms: number, peer: ServerId, theirs = other, confirming = false) =>
    at(ms, { type: 'digest', peer, theirs, ours, confirming });

  beforeEach(() => {
    gossip = new Gossip(lan.gossip);
    for (const peer of [ann, bob, cid]) at(0, { type: 'edgeUp', peer });
  });

  describe('news', () => {
    test('waits 10 ms for more, then goes over every edge but its own, in one message each', () => {
      at(100, { type: 'changed', subject: x, from: ann });
      at(105, { type: 'changed', subject: y, from: undefined });
      expect(gossip.deadline()).toBe(110 * MS);
      expect(tick(109)).toEqual([]);
      expect(tick(110)).toEqual([
        { type: 'news', peer: ann, subjects: [y] },
        { type: 'news', peer: bob, subjects: [x, y] },
        { type: 'news', peer: cid, subjects: [x, y] },
      ]);
      expect(gossip.deadline()).toBe(NEVER);
    });

    test('does not go to those that told us the same meanwhile', () => {
      at(100, { type: 'changed', subject: x, from: ann });
      at(104, { type: 'repeated', subject: x, from: bob });
      expect(tick(110)).toEqual([{ type: 'news', peer: cid, subjects: [x] }]);
    });

    test('of a newer change goes to those that told us the older one', () => {
      at(100, { type: 'changed', subject: x, from: ann });
      at(104, { type: 'changed', subject: x, from: bob });
      expect(tick(110).map(({ peer }) => peer)).toEqual([ann, cid]);
    });

    test('is shared as one list by all edges that need all of it', () => {
      at(100, { type: 'changed', subject: x, from: undefined });
      const lists = tick(110).map((effect) => (effect.type === 'news' ? effect.subjects : []));
      expect(new Set(lists).size).toBe(1);
    });

    test('goes at once when flushed', () => {
      at(100, { type: 'changed', subject: x, from: undefined });
      expect(at(100, { type: 'flush' })).toHaveLength(3);
      expect(at(100, { type: 'flush' })).toEqual([]);
    });

    test('that nobody was told yet goes over an edge that has come to stand since', () => {
      at(100, { type: 'changed', subject: x, from: ann });
      at(101, { type: 'edgeDown', peer: bob });
      at(101, { type: 'edgeUp', peer: idOf(4) });
      expect(tick(110).map(({ peer }) => peer)).toEqual([cid, idOf(4)]);
    });
  });

  describe('digests', () => {
    test('that differ are compared again after 1 s, and differing still, views are exchanged', () => {
      expect(compare(0, ann)).toEqual([]);
      expect(tick(999)).toEqual([]);
      expect(tick(1_000)).toEqual([{ type: 'compare', peer: ann }]);
      expect(compare(1_001, ann, other, true)).toEqual([{ type: 'exchange', peer: ann }]);
    });

    test('that become equal within 1 s cause nothing', () => {
      compare(0, ann);
      compare(999, ann, ours);
      expect(gossip.deadline()).toBe(NEVER);
    });

    test('that are equal when asked again cause no exchange', () => {
      compare(0, ann);
      tick(1_000);
      expect(compare(1_001, ann, ours, true)).toEqual([]);
      expect(gossip.deadline()).toBe(NEVER);
    });

    test('sent without being asked for confirm nothing', () => {
      expect(compare(0, ann, other, true)).toEqual([]);
      expect(tick(1_000)).toEqual([{ type: 'compare', peer: ann }]);
    });

    test('cause at most one exchange a second, and one in 5 s with the same peer', () => {
      const differ = (ms: number, peer: ServerId) => {
        compare(ms - 1_000, peer);
        tick(ms);
        return compare(ms, peer, other, true);
      };
      expect(differ(1_000, ann)).toHaveLength(1);
      expect(differ(1_999, bob)).toEqual([]);
      expect(differ(2_000, bob)).toHaveLength(1);
      expect(differ(5_999, ann)).toEqual([]);
      expect(differ(7_000, ann)).toHaveLength(1);
    });

    test('of a peer without an edge are not compared', () => {
      at(0, { type: 'edgeDown', peer: ann });
      compare(1, ann);
      expect(gossip.deadline()).toBe(NEVER);
    });
  });

  describe('answers', () => {
    test('come at once, and a second one to the same peer only after 1 s', () => {
      expect(at(0, { type: 'asked', peer: ann })).toEqual([{ type: 'answer', peer: ann }]);
      expect(at(10, { type: 'asked', peer: ann })).toEqual([]);
      expect(at(20, { type: 'asked', peer: ann })).toEqual([]);
      expect(at(20, { type: 'asked', peer: bob })).toHaveLength(1);
      expect(tick(999)).toEqual([]);
      expect(tick(1_000)).toEqual([{ type: 'answer', peer: ann }]);
      expect(gossip.deadline()).toBe(NEVER);
    });

    test('spare the exchange that the same difference would cause here', () => {
      compare(0, ann);
      at(10, { type: 'asked', peer: ann });
      expect(gossip.deadline()).toBe(NEVER);
    });

    test('are not owed to a peer whose edge broke', () => {
      at(0, { type: 'asked', peer: ann });
      at(10, { type: 'asked', peer: ann });
      at(20, { type: 'edgeDown', peer: ann });
      expect(gossip.deadline()).toBe(NEVER);
    });
  });
});
