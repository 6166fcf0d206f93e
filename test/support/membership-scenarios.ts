/** Runs the scenarios of scenarios/membership at a size small enough for every commit. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import type { Parameters, Report, Scenario } from '../../sim/index.ts';
import { simulate, told } from './simulate.ts';

export interface Small {
  /** The name of the file, without its ending. */
  readonly file: string;
  readonly set: Parameters;
  /** Guarantee or measure => how often it was looked at, at least: a run must not be vacuous. */
  readonly seen: Readonly<Record<string, number>>;
}

/** Looks of each checker at least, where nothing else is said. */
const SEEN_MIN = 10;

/** One test for each: every guarantee holds, every goal is reached, and there was enough to see. */
export async function testSmall(smalls: readonly Small[]): Promise<void> {
  resolveDoors();
  const loaded = await Promise.all(
    smalls.map(async (small) => {
      const path = new URL(`../../scenarios/membership/${small.file}.ts`, import.meta.url);
      const { default: scenario } = (await import(path.href)) as { default: Scenario };
      return { ...small, scenario };
    }),
  );
  for (const { file, set, seen, scenario } of loaded) {
    const settings = Object.entries(set).map(([name, value]) => `${name}=${value}`);
    describe(`${file} ${settings.join(' ')}`, () => {
      test(scenario.claim, async () => {
        const report = await simulate(scenario, { seed: '1', set });
        expect(report.ok, told(report)).toBe(true);
        expect(report.goals.filter(({ reached }) => !reached)).toEqual([]);
        expect(unseen(report, seen)).toEqual([]);
      });
    });
  }
}

/** What was looked at less often than it should be. */
function unseen(report: Report, seen: Small['seen']): string[] {
  const counts = new Map<string, number>();
  for (const { guarantee, observed } of report.checks) counts.set(guarantee, observed);
  const least = {
    ...Object.fromEntries([...counts.keys()].map((key) => [key, SEEN_MIN])),
    ...seen,
  };
  for (const { name, count } of report.measures) counts.set(name, count);
  return Object.entries(least)
    .filter(([name, atLeast]) => (counts.get(name) ?? 0) < atLeast)
    .map(([name, atLeast]) => `${name}: ${counts.get(name) ?? 0} times, not ${atLeast}`);
}
