/** What many seeds came to, for people: how many held, which did not, and what was measured. */

import type { Measure } from '../../sim/index.ts';
import { figure, table } from './figures.ts';
import type { Batch, Outcome } from './outcome.ts';

const FAILURES_SHOWN = 20;

/** A screenful, which ends with the verdict. */
export function batchText(batch: Batch): string {
  const { outcomes, claim, seeds, wallSeconds } = batch;
  const failed = outcomes.filter(({ ok }) => !ok);
  const events = sum(outcomes, (each) => each.events);
  const virtual = sum(outcomes, (each) => each.virtualSeconds);
  const lines = [
    claim,
    ...checkLines(outcomes),
    ...measureLines(outcomes),
    ...goalLines(outcomes),
    `  ${outcomes.length}${outcomes.length === seeds ? '' : ` of ${seeds}`} seeds in ` +
      `${figure(wallSeconds)} s of running (${figure(outcomes.length / Math.max(wallSeconds, 1e-3))} a second), ` +
      `${figure(virtual)} virtual seconds, ${events} events`,
  ];
  lines.push(...guaranteeLines(failed, outcomes.length));
  for (const outcome of failed.slice(0, FAILURES_SHOWN)) lines.push(...failureLines(outcome));
  if (failed.length > FAILURES_SHOWN) {
    lines.push(`... and ${failed.length - FAILURES_SHOWN} more; --json has them all`);
  }
  lines.push(
    failed.length === 0
      ? `ok: every guarantee held with each of ${outcomes.length} seeds`
      : `BROKEN with ${failed.length} of ${outcomes.length} seeds`,
  );
  return `${lines.join('\n')}\n`;
}

/** What broke how often, the most frequent first. */
function guaranteeLines(failed: readonly Outcome[], seeds: number): string[] {
  const found = new Map<string, string[]>();
  for (const { seed, failure, violations } of failed) {
    const what = failure === undefined ? (violations[0]?.guarantee ?? 'a goal') : 'no result';
    found.set(what, [...(found.get(what) ?? []), seed]);
  }
  return [...found]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([what, of]) => `${what}: ${of.length} of ${seeds} seeds, the first is ${of[0]}`);
}

function failureLines({ seed, failure, violations, goals, replay }: Outcome): string[] {
  const [first] = violations;
  const missed = goals.filter(({ reached }) => !reached);
  const what =
    failure ??
    (first === undefined
      ? `${missed.length} goals are not reached`
      : `${first.guarantee} is broken at ${(first.at / 1e6).toFixed(6)} s: ${first.message}`);
  return [`seed ${seed}: ${what}`, `  replay: ${replay}`];
}

function checkLines(outcomes: readonly Outcome[]): string[] {
  const observed = new Map<string, number>();
  for (const { checks } of outcomes) {
    for (const check of checks) {
      observed.set(check.guarantee, (observed.get(check.guarantee) ?? 0) + check.observed);
    }
  }
  return Array.from(observed, ([name, count]) => `  ${name.padEnd(18)} checked ${count} times`);
}

/** Shares of all values cannot be had from those of each seed: the worst seed is shown instead. */
function measureLines(outcomes: readonly Outcome[]): string[] {
  const byName = new Map<string, Measure[]>();
  for (const measure of outcomes.flatMap(({ measures }) => measures)) {
    const known = byName.get(measure.name);
    if (known === undefined) byName.set(measure.name, [measure]);
    else known.push(measure);
  }
  if (byName.size === 0) return [];
  const rows = Array.from(byName, ([name, all]) => {
    const count = sum(all, (each) => each.count);
    const mean = sum(all, (each) => each.mean * each.count) / count;
    const unit = all[0]?.unit ?? '';
    return [
      unit === '' ? name : `${name}, ${unit}`,
      String(all.length),
      ...[count, least(all, 'min'), mean, most(all, 'p50'), most(all, 'p99'), most(all, 'max')].map(
        figure,
      ),
    ];
  });
  const heads = ['seeds', 'count', 'min', 'mean', 'worst p50', 'worst p99', 'max'];
  return table([['measured', ...heads], ...rows]);
}

function goalLines(outcomes: readonly Outcome[]): string[] {
  const reached = new Map<string, number>();
  for (const { goals } of outcomes) {
    for (const goal of goals) {
      const name = `${goal.measure}, ${goal.statistic}`;
      reached.set(name, (reached.get(name) ?? 0) + (goal.reached ? 1 : 0));
    }
  }
  return Array.from(
    reached,
    ([name, count]) => `  goal: ${name}: reached with ${count} of ${outcomes.length} seeds`,
  );
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}

function least(all: readonly Measure[], statistic: 'min'): number {
  return Math.min(...all.map((each) => each[statistic]));
}

function most(all: readonly Measure[], statistic: 'p50' | 'p99' | 'max'): number {
  return Math.max(...all.map((each) => each[statistic]));
}
