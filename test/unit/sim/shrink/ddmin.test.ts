import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ddmin, smaller } from '../../../../sim/shrink/ddmin.ts';

/** The smallest list that fails, and how many were tried. */
function minimized<T>(items: readonly T[], fails: (items: readonly T[]) => boolean) {
  const search = ddmin(items);
  let tries = 0;
  let step = search.next();
  while (step.done !== true) {
    tries++;
    step = search.next(fails(step.value));
  }
  return { left: step.value, tries };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

test('what fails without anything is left without anything', () => {
  expect(minimized(numbers(50), () => true)).toEqual({ left: [], tries: 1 });
});

test('a single cause among a hundred is found within some twenty tries', () => {
  const { left, tries } = minimized(numbers(100), (items) => items.includes(37));
  expect(left).toEqual([37]);
  expect(tries).toBeLessThan(25);
});

test('causes that are far apart are found in their order', () => {
  const causes = [3, 20, 44, 49];
  const { left, tries } = minimized(numbers(50), (items) =>
    causes.every((cause) => items.includes(cause)),
  );
  expect(left).toEqual(causes);
  expect(tries).toBeLessThan(100);
});

test('items that are alike are told apart by their places', () => {
  const { left } = minimized([1, 2, 1, 2, 1], (items) => items.filter((it) => it === 1).length > 1);
  expect(left).toEqual([1, 1]);
});

test('any cause is found exactly, when it is a set of items', () => {
  fc.assert(
    fc.property(fc.nat({ max: 60 }), fc.array(fc.nat({ max: 59 }), { maxLength: 8 }), (n, some) => {
      const causes = [...new Set(some)].filter((each) => each < n).sort((a, b) => a - b);
      const { left } = minimized(numbers(n), (items) => causes.every((it) => items.includes(it)));
      expect(left).toEqual(causes);
    }),
  );
});

test('whatever makes it fail, no single item more can be left out, and the result fails', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 9 }), { maxLength: 30 }),
      fc.nat({ max: 40 }),
      (all, sum) => {
        const fails = (items: readonly number[]) => items.reduce((a, b) => a + b, 0) >= sum;
        fc.pre(fails(all));
        const { left } = minimized(all, fails);
        expect(fails(left)).toBe(true);
        for (const i of left.keys()) expect(fails(left.toSpliced(i, 1))).toBe(false);
      },
    ),
  );
});

test('the smaller lists go from nothing to all but one', () => {
  expect([...smaller([1, 2, 3, 4])]).toEqual([
    ...[[], [1, 2], [3, 4]],
    ...[
      [1, 2, 3],
      [1, 2, 4],
      [1, 3, 4],
      [2, 3, 4],
    ],
  ]);
  expect([...smaller([])]).toEqual([]);
});
