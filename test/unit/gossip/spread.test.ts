import { beforeEach, describe, expect, test } from 'vitest';
import { lan } from '../../../src/gossip/profile.ts';
import { Spread } from '../../../src/gossip/spread.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';
import {
  ann,
  announce,
  at,
  begin,
  bob,
  cid,
  dan,
  down,
  keyOf,
  learn,
  of,
  other,
  peers,
  repeat,
  spread,
  tick,
  turns,
  turnsFor,
  up,
  wave,
  x,
  y,
  z,
} from './lone-spread.ts';

const { announceFirstMs, announceMs, batchMs, graftMs } = lan.spread;

describe('spread', () => {
  beforeEach(begin);

  describe('pushes', () => {
    test('go at once over all eager edges but the one that the news came from', () => {
      up(dan, false);
      learn(100, x, ann);
      expect(spread.deadline()).toBe(100 * MS);
      expect(tick(100)).toEqual([
        { type: 'news', peer: bob, subjects: [x.subject] },
        { type: 'news', peer: cid, subjects: [x.subject] },
      ]);
    });

    test('follow each other after 10 ms, and hold all that came meanwhile', () => {
      learn(100, x, ann);
      tick(100);
      learn(101, y, ann);
      learn(105, z, bob);
      expect(spread.deadline()).toBe(110 * MS);
      expect(tick(109)).toEqual([]);
      expect(tick(110)).toEqual([
        { type: 'news', peer: ann, subjects: [z.subject] },
        { type: 'news', peer: bob, subjects: [y.subject] },
        { type: 'news', peer: cid, subjects: [y.subject, z.subject] },
      ]);
      learn(120, keyOf(103), ann);
      expect(spread.deadline()).toBe(120 * MS);
    });

    test('do not count as sent when all knew', () => {
      down(bob);
      down(cid);
      learn(100, x, ann);
      expect(tick(100)).toEqual([]);
      learn(101, y, undefined);
      expect(spread.deadline()).toBe(101 * MS);
    });

    test('share one list where the peers need the same', () => {
      up(dan);
      learn(100, x, ann);
      learn(100, y, bob);
      const lists = of('news', tick(100)).map((effect) =>
        effect.type === 'news' ? effect.subjects : [],
      );
      expect(lists.map((list) => list.length)).toEqual([1, 1, 2, 2]);
      expect(lists[2]).toBe(lists[3]);
    });

    test('do not go to those that pushed or announced the same before', () => {
      learn(100, x, ann);
      repeat(100, x, bob, other);
      announce(100, cid, x);
      expect(tick(100)).toEqual([]);
    });

    test('do not go to a member of whose presence they are', () => {
      learn(100, { ...x, subject: bob }, ann);
      expect(peers(tick(100))).toEqual([cid]);
      learn(200, { ...x, subject: bob, left: true }, ann);
      expect(peers(tick(200))).toEqual([bob, cid]);
    });

    test('of a newer change replace the older, and go to those that told us of that', () => {
      learn(100, x, ann);
      learn(100, keyOf(100, 1), bob);
      announce(100, cid, x);
      expect(of('news', tick(100))).toEqual([
        { type: 'news', peer: ann, subjects: [x.subject] },
        { type: 'news', peer: cid, subjects: [x.subject] },
      ]);
    });

    test('go over an edge that has come to stand since the change', () => {
      learn(100, x, ann);
      down(bob, 100);
      up(dan, true, 100);
      expect(peers(tick(100))).toEqual([cid, dan]);
    });

    test('go at once when flushed, over eager edges', () => {
      up(dan, false);
      learn(100, x, ann);
      tick(100);
      learn(101, y, undefined);
      expect(peers(at(101, { type: 'flush', to: 'eager' }))).toEqual([ann, bob, cid]);
      expect(at(101, { type: 'flush', to: 'eager' })).toEqual([]);
    });

    test('go over lazy edges as well for a goodbye, with what was not announced yet', () => {
      up(dan, false);
      learn(100, x, ann);
      tick(100);
      learn(101, y, undefined);
      const said = at(101, { type: 'flush', to: 'all' });
      expect(peers(said)).toEqual([ann, bob, cid, dan]);
      expect(said[0]).toMatchObject({ subjects: [y.subject] });
      expect(said[3]).toMatchObject({ subjects: [y.subject, x.subject] });
      expect(tick(1_000)).toEqual([]);
    });

    test('are told apart by a number that is ours, or that of the push to us', () => {
      learn(100, x, ann);
      learn(100, y);
      expect(spread.waveOf(x.subject)).toBe(wave);
      const another = new Spread({
        profile: lan.spread,
        self: idOf(10),
        isUnknown: () => false,
        turns: { of: () => 'first', count: 0 },
        gatherer: () => undefined,
      });
      expect(another.waveOf(y.subject)).not.toBe(spread.waveOf(y.subject));
      expect(spread.waveOf(y.subject)).toBeLessThan(2 ** 14);
    });
  });

  describe('a repeated push', () => {
    test('of the same wave prunes its edge, and news then is announced over it', () => {
      learn(100, x, ann);
      expect(repeat(101, x, bob)).toEqual([{ type: 'prune', peer: bob }]);
      learn(300, y, ann);
      expect(peers(tick(300))).toEqual([cid]);
      const [said] = tick(300 + announceMs);
      expect(said).toEqual({ type: 'announce', peer: bob, keys: [y] });
    });

    test('of another wave does not, nor one of an older or of a forgotten change', () => {
      learn(100, x, ann);
      expect(repeat(101, x, bob, other)).toEqual([]);
      learn(102, keyOf(100, 1), ann);
      expect(repeat(103, x, bob)).toEqual([]);
      expect(repeat(103, y, bob)).toEqual([]);
      expect(repeat(102 + lan.spread.rememberMs, keyOf(100, 1), bob)).toEqual([]);
      expect(spread.isEager(bob)).toBe(true);
      expect(spread.counters.duplicates).toBe(4);
    });

    test('does not prune an edge that brought other news first within graftMs', () => {
      learn(100, x, ann);
      learn(101, y, bob);
      expect(repeat(102, x, bob)).toEqual([]);
      expect(repeat(100 + graftMs, x, bob)).toEqual([]);
      expect(repeat(101 + graftMs, x, bob)).toEqual([{ type: 'prune', peer: bob }]);
    });

    test('that was under way when we pruned does not prune again, but a later one does', () => {
      learn(100, x, ann);
      learn(100, y, ann);
      expect(repeat(101, x, bob)).toHaveLength(1);
      expect(repeat(102, y, bob)).toEqual([]);
      expect(repeat(201, y, bob)).toEqual([{ type: 'prune', peer: bob }]);
    });

    test('over an edge that is gone is nothing to us', () => {
      learn(100, x, ann);
      down(bob);
      expect(repeat(101, x, bob)).toEqual([]);
    });
  });

  describe('a lazy edge', () => {
    test('is one that the peer pruned, or a stranger came by', () => {
      up(dan, false);
      at(0, { type: 'pruned', from: bob });
      learn(100, x, ann);
      expect(peers(tick(100))).toEqual([cid]);
    });

    test('is eager when news comes over it first, but not by what a server says of itself', () => {
      up(dan, false);
      at(50, { type: 'changed', key: { ...x, subject: dan }, from: dan });
      expect(spread.isEager(dan)).toBe(false);
      learn(100, x, dan);
      expect(spread.isEager(dan)).toBe(true);
    });

    test('is eager when its peer becomes a neighbour, and told once more stays what it is', () => {
      up(dan, false);
      up(dan, true);
      expect(spread.isEager(dan)).toBe(true);
      at(1, { type: 'pruned', from: dan });
      up(dan, true);
      expect(spread.isEager(dan)).toBe(false);
      up(dan, false);
      up(dan, true);
      expect(spread.isEager(dan)).toBe(true);
    });
  });

  describe('announcements', () => {
    beforeEach(() => {
      for (const from of [bob, cid]) at(0, { type: 'pruned', from });
      up(dan, false);
    });

    test('come soon, and later together, to those who may not know', () => {
      learn(50, keyOf(50), ann);
      tick(50);
      const first = 50 + announceFirstMs;
      expect(spread.deadline()).toBe(first * MS);
      tick(first);
      learn(200, x, ann);
      tick(200);
      learn(300, y, ann);
      tick(300);
      announce(310, dan, x);
      const due = first + announceMs;
      expect(spread.deadline()).toBe(due * MS);
      const said = tick(due);
      expect(said).toEqual([
        { type: 'announce', peer: bob, keys: [x, y] },
        { type: 'announce', peer: cid, keys: [x, y] },
        { type: 'announce', peer: dan, keys: [y] },
      ]);
      const [one, other] = said.map((effect) => (effect.type === 'announce' ? effect.keys : []));
      expect(one).toBe(other);
      expect(spread.deadline()).toBe(NEVER);
    });

    test('come a turn later where the peer is first, and only of what it has not told us', () => {
      turns.set(bob, 'second').set(cid, 'second').set(dan, 'none');
      learn(100, x, ann);
      learn(100, y, ann);
      tick(100);
      const first = 100 + announceFirstMs;
      expect(tick(first)).toEqual([]);
      announce(first + 1, bob, x, y);
      announce(first + 1, cid, x);
      learn(first + 2, z, ann);
      tick(first + 2);
      expect(tick(first + announceMs - 1)).toEqual([]);
      expect(tick(first + announceMs)).toEqual([{ type: 'announce', peer: cid, keys: [y] }]);
      expect(tick(first + 2 * announceMs)).toEqual([
        { type: 'announce', peer: bob, keys: [z] },
        { type: 'announce', peer: cid, keys: [z] },
      ]);
      expect(spread.deadline()).toBe(NEVER);
    });

    test('wait for nothing when all who are first have told us', () => {
      turns.set(bob, 'second').set(cid, 'second').set(dan, 'none');
      learn(100, x, ann);
      tick(100);
      for (const peer of [bob, cid]) announce(120, peer, x);
      expect(tick(100 + announceFirstMs)).toEqual([]);
      expect(spread.deadline()).toBe(NEVER);
    });

    test('go over all edges when one broke a moment ago, and not when we hung up', () => {
      turns.set(bob, 'none').set(cid, 'none').set(dan, 'none');
      down(ann, 100);
      learn(100, x);
      tick(100);
      expect(peers(tick(100 + announceFirstMs))).toEqual([bob, cid, dan]);
      at(1_000, { type: 'edgeDown', peer: dan, byUs: true });
      learn(1_000, y);
      tick(1_000);
      expect(tick(1_000 + announceFirstMs)).toEqual([]);
    });

    test('go over all edges while one that has a turn does not stand', () => {
      turns.set(ann, 'none').set(bob, 'none').set(dan, 'none');
      turnsFor(2);
      learn(100, x, ann);
      tick(100);
      expect(peers(tick(100 + announceFirstMs))).toEqual([bob, cid, dan]);
      turnsFor(1);
      learn(1_000, y, ann);
      tick(1_000);
      expect(peers(tick(1_000 + announceFirstMs))).toEqual([cid]);
    });

    test('go at once, and from both ends, of what came late', () => {
      turns.set(bob, 'second').set(ann, 'none');
      announce(100, dan, x);
      expect(of('graft', tick(100 + graftMs))).toHaveLength(1);
      learn(200, x, dan);
      learn(200, y, dan);
      expect(peers(tick(200))).toEqual([ann]);
      const said = tick(200 + batchMs);
      expect(said).toEqual([
        { type: 'announce', peer: bob, keys: [x] },
        { type: 'announce', peer: cid, keys: [x, y] },
      ]);
    });

    test('catch a new edge up with what it missed, unless that is old, or too much', () => {
      const caughtUp = (ms: number) => of('announce', up(dan, true, ms));
      learn(100, x, ann);
      learn(110, y, ann);
      tick(110);
      down(dan, 120);
      expect(caughtUp(150)).toEqual([{ type: 'announce', peer: dan, keys: [x, y] }]);
      expect(caughtUp(160)).toEqual([]);
      down(dan, 170);
      expect(caughtUp(200 + announceMs)).toEqual([]);
      for (let number = 0; number <= 64; number++) learn(1_000, keyOf(200 + number), ann);
      down(dan, 1_001);
      expect(caughtUp(1_002)).toEqual([]);
    });

    test('are not sent when all know', () => {
      learn(100, x, ann);
      tick(100);
      for (const peer of [bob, cid, dan]) announce(200, peer, x);
      expect(tick(600)).toEqual([]);
    });

    test('tell an edge that has come since what it may have missed, though it is eager', () => {
      learn(100, x, ann);
      tick(100);
      up(idOf(5), true, 101);
      expect(peers(tick(600))).toContain(idOf(5));
    });

    test('tell the next edge in the place of one that knew', () => {
      learn(100, x, ann);
      tick(100);
      down(ann, 101);
      up(idOf(5), false, 102);
      expect(peers(tick(600))).toContain(idOf(5));
    });

    test('of what has changed once more wait for the push of that', () => {
      learn(100, x, ann);
      tick(100);
      const due = spread.deadline() / MS;
      learn(due - 5, y);
      tick(due - 5);
      learn(due - 1, keyOf(100, 1), ann);
      expect(tick(due)).toMatchObject([{ keys: [y] }, { keys: [y] }, { keys: [y] }]);
      tick(due + 5);
      expect(tick(due + 505)).toMatchObject([{ peer: bob, keys: [keyOf(100, 1)] }, {}, {}]);
    });
  });

  test('has more edges than a word has bits', () => {
    const crowd = Array.from({ length: 60 }, (_, number) => idOf(200 + number));
    for (const peer of crowd) up(peer, false);
    for (const peer of crowd.slice(50)) up(peer, true);
    learn(100, x, crowd[55] as ServerId);
    announce(100, crowd[40] as ServerId, x);
    expect(peers(tick(100))).toEqual([
      ...[ann, bob, cid],
      ...crowd.filter((_, number) => number >= 50 && number !== 55),
    ]);
    expect(peers(tick(600))).toEqual(crowd.filter((_, at) => at < 50 && at !== 40));
    for (const peer of crowd) down(peer, 601);
    up(dan, true, 602);
    learn(700, y, dan);
    expect(peers(tick(700))).toEqual([ann, bob, cid]);
  });
});
