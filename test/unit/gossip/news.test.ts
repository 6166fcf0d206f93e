import { expect, test } from 'vitest';
import { Edges } from '../../../src/gossip/edges.ts';
import { RecentNews } from '../../../src/gossip/news.ts';
import { SECOND } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

test('32 edges have a bit of their own, and one that goes leaves it to the next', () => {
  const edges = new Edges();
  for (let number = 0; number < 33; number++) edges.up(idOf(number), true);
  const bits = [...edges].map(({ bit }) => bit);
  expect(new Set(bits).size).toBe(33);
  expect(bits[32]).toBe(0);
  expect(edges.down(idOf(7))).toBe(bits[7]);
  edges.up(idOf(100), true);
  expect(edges.get(idOf(100))?.bit).toBe(bits[7]);
  expect(edges.down(idOf(7))).toBe(0);
});

test('news is remembered for so long, and then makes room when there is more', () => {
  const recent = new RecentNews(SECOND);
  const put = (now: number, number: number) =>
    recent.put(now, { subject: idOf(number), incarnation: 0, left: false }, number);
  put(0, 1);
  put(1, 2);
  put(SECOND / 2, 1);
  put(SECOND, 3);
  expect(recent.size).toBe(3);
  expect(recent.get(SECOND, idOf(2))?.wave).toBe(2);
  put(SECOND + 1, 4);
  expect(recent.size).toBe(3);
  expect(recent.get(SECOND + 1, idOf(2))).toBe(undefined);
  expect(recent.get(SECOND + 1, idOf(1))?.wave).toBe(1);
});
