/**
 * The last line of a run, alone on it and easily found by programs: `N passed, N failed`. What went
 * wrong outside a test (a file that does not load, an error that nobody caught, a run that was cut
 * short, no tests at all) counts as a failure as well: a line that says 0 failed means it.
 */

import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

export interface Summary {
  readonly passed: number;
  readonly failed: number;
}

export function summarize(
  modules: readonly TestModule[],
  unhandledErrors: readonly unknown[],
  reason: TestRunEndReason,
): Summary {
  let passed = 0;
  let failed = unhandledErrors.length;
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state !== 'skipped') failed++;
    }
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    failed += module.errors().length;
  }
  const unsaid = reason !== 'passed' || passed === 0;
  return { passed, failed: failed === 0 && unsaid ? 1 : failed };
}

export default class SummaryReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const { passed, failed } = summarize(modules, unhandledErrors, reason);
    // After what other reporters have to say.
    process.once('exit', () => process.stdout.write(`\n${passed} passed, ${failed} failed\n`));
  }
}
