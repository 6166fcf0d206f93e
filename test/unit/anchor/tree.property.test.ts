import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Anchor, AnchorTree } from '../../../src/anchor/tree.ts';
import { limits } from '../../../src/limits.ts';

const names = (path: string) => path.split('/').filter((name) => name !== '');

test('an element is found where it was put, and the anchors on the way are empty', () => {
  const tree = new AnchorTree('server');
  tree.attach(names('a/b/c'), 'one');
  expect(tree.find(names('a/b/c'))?.element).toBe('one');
  expect(tree.find(names('a/b'))?.element).toBeUndefined();
  expect(tree.find(names('a/b/d'))).toBeUndefined();
  expect(tree.find([])?.element).toBe('server');
});

test('an anchor holds one element, and the server holds its own', () => {
  const tree = new AnchorTree('server');
  tree.attach(['a'], 'one');
  expect(() => tree.attach(['a'], 'two')).toThrow('already has an element');
  expect(() => tree.attach([], 'two')).toThrow('already has an element');
  expect(tree.attach(['a', 'b'], 'below').parent?.element).toBe('one');
});

test('an anchor that something is below stays when its element goes, and goes with the last', () => {
  const tree = new AnchorTree('server');
  const above = tree.attach(names('a'), 'above');
  const below = tree.attach(names('a/b/c'), 'below');
  tree.detach(above);
  expect(tree.find(['a'])).toBe(above);
  tree.detach(below);
  expect(tree.find(['a'])).toBeUndefined();
  expect(tree.size).toBe(1);
});

test('an anchor that was removed twice takes nothing with it', () => {
  const tree = new AnchorTree('server');
  const old = tree.attach(names('a/b'), 'old');
  tree.detach(old);
  tree.attach(names('a/b'), 'new');
  tree.detach(old);
  expect(tree.find(names('a/b'))?.element).toBe('new');
  expect(tree.size).toBe(3);
});

test('a listing has the children by name, or everything below, parents first', () => {
  const tree = new AnchorTree('server');
  for (const path of ['b/x', 'a', 'B', 'a/z', 'a/y/w', 'a!']) tree.attach(names(path), path);
  const root = tree.find([]) as Anchor<string>;
  expect(tree.list(root, false).map(({ path }) => path)).toEqual(['B', 'a', 'a!', 'b']);
  expect(tree.list(root, true)).toEqual([
    { path: 'B', element: 'B' },
    { path: 'a', element: 'a' },
    { path: 'a/y', element: undefined },
    { path: 'a/y/w', element: 'a/y/w' },
    { path: 'a/z', element: 'a/z' },
    { path: 'a!', element: 'a!' },
    { path: 'b', element: undefined },
    { path: 'b/x', element: 'b/x' },
  ]);
});

test('names that objects are born with are names like others', () => {
  const tree = new AnchorTree('server');
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(tree.find([name])).toBeUndefined();
    tree.attach([name], name);
  }
  expect(tree.list(tree.find([]) as Anchor<string>, false).length).toBe(3);
});

test('whatever is put and removed, what is there is what a list of paths says', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(fc.record({ path, put: fc.boolean() }), { maxLength: 60 }), (acts) => {
      const tree = new AnchorTree('server');
      const expected = new Map<string, number>();
      for (const [i, act] of acts.entries()) {
        const key = act.path.join('/');
        if (act.put && !expected.has(key)) {
          tree.attach(act.path, String(i));
          expected.set(key, i);
        } else if (!act.put && expected.delete(key)) {
          tree.detach(tree.find(act.path) as Anchor<string>);
        }
      }
      const all = tree.list(tree.find([]) as Anchor<string>, true);
      const held = all.flatMap((each) => (each.element === undefined ? [] : [each.path]));
      expect(new Set(held)).toEqual(new Set(expected.keys()));
      // An anchor is there only if it leads to an element.
      for (const { path: there } of all) {
        const leads = held.some((each) => each === there || each.startsWith(`${there}/`));
        expect(leads).toBe(true);
      }
      expect(tree.size).toBe(all.length + 1);
    }),
  );
});

describe('bounds', () => {
  test('a server holds its most anchors, and not one more', () => {
    const tree = new AnchorTree(0);
    for (let i = 1; i < limits.anchorsMax; i++) tree.attach([`a${i}`], i);
    expect(tree.size).toBe(limits.anchorsMax);
    expect(() => tree.attach(['one more'], 1)).toThrow('(limit anchorsMax: 1000000)');
    tree.detach(tree.find(['a1']) as Anchor<number>);
    tree.attach(['one more'], 1);
    expect(() => tree.attach(['one more', 'below'], 1)).toThrow('(limit anchorsMax: 1000000)');
  });
});
