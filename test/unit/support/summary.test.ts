/** The line at the end of a run must not say 0 failed when something did. */

import { expect, test } from 'vitest';
import type { TestModule } from 'vitest/node';
import { summarize } from '../../support/summary-reporter.ts';

function module(states: readonly string[], errors: { own?: number; suite?: number } = {}) {
  const list = (count = 0) => Array.from({ length: count }, () => new Error());
  return {
    errors: () => list(errors.own),
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      allSuites: () => [{ errors: () => list(errors.suite) }],
    },
  } as unknown as TestModule;
}

test('tests are counted, and skipped ones are neither', () => {
  const modules = [module(['passed', 'skipped']), module(['passed', 'failed'])];
  expect(summarize(modules, [], 'failed')).toEqual({ passed: 2, failed: 1 });
});

test.each([
  ['a file that does not load', [module([], { own: 1 }), module(['passed'])], [], 'failed'],
  ['a hook that fails', [module(['passed'], { suite: 1 })], [], 'failed'],
  ['an error that nobody caught', [module(['passed'])], [new Error()], 'failed'],
  ['a test that was never run', [module(['passed', 'pending'])], [], 'interrupted'],
  ['a run that was cut short', [module(['passed'])], [], 'interrupted'],
] as const)('%s is a failure', (_what, modules, errors, reason) => {
  expect(summarize(modules, errors, reason)).toEqual({ passed: 1, failed: 1 });
});

test('a run without tests is a failure', () => {
  expect(summarize([], [], 'passed')).toEqual({ passed: 0, failed: 1 });
});
