import { expect, test } from 'vitest';
import { Lately } from '../../../src/membership/lately.ts';

interface Item {
  readonly hash: number;
  readonly name: string;
}

const named = (name: string) => (item: Item) => item.name === name;

test('what was made lately is found by its hash, and by what it is', () => {
  const lately = new Lately<Item>(16);
  const [a, b] = [
    { hash: 5, name: 'a' },
    { hash: 5, name: 'b' },
  ];
  lately.keep(5, a);
  lately.keep(5, b);
  expect([lately.find(5, named('a')), lately.find(5, named('b'))]).toEqual([a, b]);
  expect(lately.find(5, named('c'))).toBeUndefined();
  expect(lately.find(6, named('a'))).toBeUndefined();
});

test('the third of one set takes the place of the first; there are never more than its size', () => {
  const lately = new Lately<Item>(16);
  const items = Array.from({ length: 100 }, (_, n) => ({ hash: n, name: `${n}` }));
  for (const item of items) lately.keep(item.hash, item);
  const found = items.filter(({ hash, name }) => lately.find(hash, named(name)) !== undefined);
  expect(found).toEqual(items.slice(84));
});

test('one that grows keeps what it has', () => {
  const lately = new Lately<Item>(4);
  const items = Array.from({ length: 4 }, (_, n) => ({ hash: -n, name: `${n}` }));
  for (const item of items) lately.keep(item.hash, item);
  lately.grow(64, ({ hash }) => hash);
  expect(lately.size).toBe(64);
  for (const { hash, name } of items) expect(lately.find(hash, named(name))).toBeDefined();
});
