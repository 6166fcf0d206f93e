/** Runs scenarios within tests. */

import { inMacrotask, runPromises } from '../../cli/macrotask.ts';
import { type Parameters, type Report, runScenario, type Scenario } from '../../sim/index.ts';
import type { Parts } from '../../src/server/parts.ts';

export function simulate(
  scenario: Scenario,
  options: { seed: string; parts?: Parts; set?: Parameters },
): Promise<Report> {
  return inMacrotask(() => runScenario(scenario, { ...options, drain: runPromises }));
}

/** What a failing test prints: how to see it again. */
export function told(report: Report): string {
  const broken = report.violations.map(({ guarantee, at, message }) => {
    return `${guarantee} at ${at / 1e6} s: ${message}`;
  });
  return [`seed ${report.seed}`, ...broken, ...report.tail.slice(-20)].join('\n');
}
