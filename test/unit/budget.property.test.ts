/** Against the simplest model: a list of what each share has. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget, Share } from '../../src/budget.ts';

const MAX = 100;

const step = fc.record({
  share: fc.nat(4),
  what: fc.constantFrom('take', 'give', 'resize', 'close'),
  amount: fc.nat(60),
});

test('what is used is what the shares hold, is never more unless overdrawn, and is 0 in the end', () => {
  let refusals = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const budget = new Budget(MAX);
      const shares = Array.from({ length: 5 }, () => new Share(budget));
      const model = shares.map(() => ({ has: 0, over: false }));
      for (const { share: at, what, amount } of steps) {
        const share = shares[at] as Share;
        const own = model[at] as { has: number; over: boolean };
        const used = model.reduce((sum, { has }) => sum + has, 0);
        switch (what) {
          case 'take': {
            const fits = !own.over && used + amount <= MAX;
            expect(share.take(amount)).toBe(fits);
            if (fits) own.has += amount;
            else refusals++;
            break;
          }
          case 'give': {
            const given = Math.min(amount, own.has);
            share.give(given);
            own.has -= given;
            break;
          }
          case 'resize':
            share.resize(amount);
            if (!own.over) own.has = amount;
            break;
          default:
            share.close();
            own.has = 0;
            own.over = true;
        }
        const sum = model.reduce((all, { has }) => all + has, 0);
        expect(budget.used).toBe(sum);
        expect(budget.isSpent).toBe(sum >= MAX);
        expect(shares.map((each) => each.amount)).toEqual(model.map(({ has }) => has));
      }
      for (const share of shares) share.close();
      expect(budget.used).toBe(0);
      for (const share of shares) share.close();
      expect(budget.used).toBe(0);
    }),
  );
  expect(refusals).toBeGreaterThan(0);
});

test('at the bound all is taken, one past it nothing is, and what is given back can be taken again', () => {
  const budget = new Budget(10);
  expect(budget.take(10)).toBe(true);
  expect(budget.take(1)).toBe(false);
  expect(budget.used).toBe(10);
  budget.give(1);
  expect(budget.take(2)).toBe(false);
  expect(budget.take(1)).toBe(true);
});

test('what was never taken cannot be given back', () => {
  const budget = new Budget(10);
  expect(() => budget.give(1)).toThrow('no more is given back');
  const share = new Share(new Budget(10));
  share.take(3);
  expect(() => share.give(4)).toThrow('no more is given back');
});
