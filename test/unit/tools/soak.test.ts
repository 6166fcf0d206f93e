/** What a soak runs, and for how long. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../tools/circuit-sim.ts';
import { described, seedsOfTurn, turnSeconds, usual } from '../../../tools/soak/plan.ts';

test('the usual scenarios exist, and so do the parameters that they are given', async () => {
  const { resolveDoors } = await import('../../../cli/resolve.ts');
  resolveDoors();
  for (const text of usual) {
    const { file, set } = described(text, root);
    expect(existsSync(file)).toBe(true);
    const { default: scenario } = await import(file);
    expect(Object.keys(scenario.parameters ?? {})).toEqual(
      expect.arrayContaining(Object.keys(set)),
    );
  }
});

test('a scenario is a file, and parameters with numbers', () => {
  expect(described(' scenarios/churn.ts servers=8  minutes=0.5', root)).toEqual({
    typed: 'scenarios/churn.ts',
    file: join(root, 'scenarios/churn.ts'),
    set: { servers: 8, minutes: 0.5 },
    goals: false,
  });
  expect(() => described('scenarios/none.ts', root)).toThrow('no scenario "scenarios/none.ts"');
  expect(() => described('scenarios/churn.ts servers', root)).toThrow('write name=number');
  expect(() => described('scenarios/churn.ts servers=many', root)).toThrow('"servers=many"');
});

test('each scenario gets several turns, of as many seeds as fit', () => {
  expect(turnSeconds(600, 8)).toBe(18.75);
  expect(turnSeconds(36_000, 8)).toBe(30);
  expect(turnSeconds(1, 8)).toBe(1);
  const turn = { jobs: 2, forSeconds: 10 };
  expect(seedsOfTurn({ runs: 0, seconds: 0 }, turn)).toBe(2);
  expect(seedsOfTurn({ runs: 20, seconds: 4 }, turn)).toBe(100);
  expect(seedsOfTurn({ runs: 1, seconds: 60 }, turn)).toBe(2);
  expect(seedsOfTurn({ runs: 100, seconds: 0 }, turn)).toBe(2);
  expect(seedsOfTurn({ runs: 100, seconds: 0.001 }, turn)).toBe(1_000);
  expect(seedsOfTurn({ runs: 1e6, seconds: 1 }, turn)).toBe(10_000);
});
