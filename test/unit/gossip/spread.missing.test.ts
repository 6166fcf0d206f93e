import { beforeEach, describe, expect, test } from 'vitest';
import type { NewsKey } from '../../../src/gossip/event.ts';
import { lan } from '../../../src/gossip/profile.ts';
import { limits } from '../../../src/limits.ts';
import { MS, NEVER } from '../../../src/time.ts';
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
  known,
  learn,
  of,
  peers,
  repeat,
  spread,
  tick,
  up,
  wave,
  x,
  y,
  z,
} from './lone-spread.ts';

const { graftMs } = lan.spread;

describe('spread', () => {
  beforeEach(begin);

  describe('missing news', () => {
    test('is asked for graftMs after its announcement, and the edge is eager from then on', () => {
      up(dan, false);
      announce(0, dan, x, y);
      expect(spread.deadline()).toBe(graftMs * MS);
      expect(tick(graftMs - 1)).toEqual([]);
      expect(tick(graftMs)).toEqual([{ type: 'graft', peer: dan, keys: [x, y] }]);
      expect(spread.isEager(dan)).toBe(true);
    });

    test('is not asked for if it comes before, or is known anyhow', () => {
      announce(0, ann, x);
      learn(graftMs - 1, x, bob);
      expect(of('graft', tick(100))).toEqual([]);
      learn(200, keyOf(100, 1), bob);
      announce(201, ann, x);
      expect(of('graft', tick(301))).toEqual([]);
      announce(400, ann, y);
      known.set(y.subject, y);
      expect(of('graft', tick(500))).toEqual([]);
    });

    test('is asked for if only something older came', () => {
      announce(0, ann, keyOf(100, 1));
      learn(50, x, bob);
      expect(of('graft', tick(100))).toEqual([{ type: 'graft', peer: ann, keys: [keyOf(100, 1)] }]);
    });

    test('is asked for of the next announcer after another graftMs, and 5 times in all', () => {
      announce(0, ann, x);
      announce(10, bob, x);
      const asked = [];
      for (let ms = 0; ms <= 2_000; ms++)
        for (const peer of peers(tick(ms))) asked.push([ms, peer]);
      expect(asked).toEqual([
        ...[[graftMs, ann] as const, [2 * graftMs, bob] as const, [3 * graftMs, ann] as const],
        ...[[4 * graftMs, bob] as const, [5 * graftMs, ann] as const],
      ]);
      expect(spread.deadline()).toBe(NEVER);
    });

    test('is asked for only of those that are still there, and all of it of one', () => {
      announce(0, ann, x, y);
      announce(1, bob, y, z);
      announce(2, cid, y, z);
      down(ann, 50);
      expect(tick(101)).toEqual([{ type: 'graft', peer: bob, keys: [y, z] }]);
    });

    test('is asked for of a later announcer who is asked for other news anyhow', () => {
      announce(0, bob, x);
      announce(1, ann, y);
      announce(2, bob, y);
      expect(tick(101)).toEqual([{ type: 'graft', peer: bob, keys: [x, y] }]);
    });

    test('is told at once to who asks, who is pushed everything from then on', () => {
      up(dan, false);
      learn(100, x, ann);
      tick(100);
      expect(at(200, { type: 'grafted', from: dan, keys: [x] })).toEqual([
        { type: 'news', peer: dan, subjects: [x.subject] },
      ]);
      expect(tick(600)).toEqual([]);
      learn(700, y, ann);
      expect(peers(tick(700))).toContain(dan);
    });

    test('that came when asked for is announced without delay, and by all that get it', () => {
      up(dan, false);
      announce(0, ann, x);
      tick(100);
      learn(101, x, ann);
      tick(101);
      expect(spread.deadline()).toBe(111 * MS);
      expect(tick(111)).toEqual([{ type: 'announce', peer: dan, keys: [x] }]);
      const late = spread.waveOf(x.subject);
      learn(300, y, bob, late);
      tick(300);
      expect(spread.deadline()).toBe(310 * MS);
      expect(repeat(500, y, cid, wave), 'the same wave').toHaveLength(1);
    });

    test('of a stranger without an edge is not asked for, nor told', () => {
      announce(0, dan, x);
      expect(spread.deadline()).toBe(NEVER);
      expect(at(0, { type: 'grafted', from: dan, keys: [x] })).toEqual([]);
      at(0, { type: 'pruned', from: dan });
      expect(spread.degree).toBe(3);
    });
  });

  describe('is bounded:', () => {
    const many = Array.from({ length: limits.newsMax + 10 }, (_, number) => keyOf(1_000 + number));

    test('the oldest of too much that is missing is forgotten', () => {
      announce(0, ann, ...many);
      expect(tick(100)).toEqual([{ type: 'graft', peer: ann, keys: many.slice(10) }]);
    });

    test('what waits is pushed, and what was pushed announced, when there is too much', () => {
      up(dan, false);
      const said = many.flatMap((key) => learn(0, key));
      expect(of('news', said)).toHaveLength(3);
      expect(of('news', said)[0]).toMatchObject({ subjects: { length: limits.newsMax } });
      const rest = at(1, { type: 'flush', to: 'eager' });
      expect(of('announce', rest)).toMatchObject([{ peer: dan, keys: { length: limits.newsMax } }]);
      expect(tick(600)).toMatchObject([{ peer: dan, keys: { length: 10 } }]);
    });

    test('the wave of the oldest news is forgotten, and nothing is pruned for it', () => {
      for (const key of many) learn(0, key, ann);
      expect(repeat(1, many[9] as NewsKey, bob)).toEqual([]);
      expect(repeat(1, many[10] as NewsKey, bob)).toHaveLength(1);
    });
  });
});
