/** Runs scenarios within tests. */

import { expect } from 'vitest';
import { inMacrotask, runPromises } from '../../cli/macrotask.ts';
import {
  accuracy,
  type Cluster,
  type Parameters,
  type Report,
  runScenario,
  type Scenario,
  scenario,
} from '../../sim/index.ts';
import type { Parts } from '../../src/server/parts.ts';

export function simulate(
  scenario: Scenario,
  options: { seed: string; parts?: Parts; set?: Parameters },
): Promise<Report> {
  return inMacrotask(() => runScenario(scenario, { ...options, drain: runPromises }));
}

/** Runs a story on so many servers, 3 when left out, and fails where the story does. */
export async function inCluster(
  story: (cluster: Cluster) => Promise<void>,
  { servers = 3 } = {},
): Promise<void> {
  const report = await simulate(
    scenario({
      claim: 'the story comes true',
      checks: [accuracy()],
      async run(cluster) {
        await cluster.startMany(servers);
        await story(cluster);
      },
    }),
    { seed: '1' },
  );
  expect(report.ok, told(report)).toBe(true);
}

/** What a failing test prints: how to see it again. */
export function told(report: Report): string {
  const broken = report.violations.map(({ guarantee, at, message }) => {
    return `${guarantee} at ${at / 1e6} s: ${message}`;
  });
  return [`seed ${report.seed}`, ...broken, ...report.tail.slice(-20)].join('\n');
}
