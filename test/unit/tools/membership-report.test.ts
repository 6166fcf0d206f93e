/** The report on membership: how rows are kept, and how they read. */

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { GoalOutcome } from '../../../sim/index.ts';
import { allCases, cases } from '../../../tools/membership-report/cases.ts';
import { markdown } from '../../../tools/membership-report/markdown.ts';
import {
  failedRun,
  merged,
  type Printed,
  type Results,
  type Row,
  reachedBy,
  runOf,
} from '../../../tools/membership-report/results.ts';

const soon: GoalOutcome = {
  ...{ measure: 'told', statistic: 'p99', atMost: 0.3, unit: 's', figure: 0.1, reached: true },
};

function printed(seed: string, goals: readonly GoalOutcome[], broken: readonly string[] = []) {
  const report: Printed = {
    ...{ claim: 'it holds', seed, parameters: { servers: 60 }, ok: broken.length === 0, hash: 'x' },
    ...{ events: 1, virtualSeconds: 40, serversStarted: 60, checks: [], measures: [], goals },
    violations: broken.map((message) => ({ guarantee: 'G2 accuracy', at: 2_500_000, message })),
    ...{ tables: [], tail: [], wallSeconds: 3 },
  };
  return runOf(report);
}

function row(name: string, runs: Row['runs'], commit = 'abc'): Row {
  const what = { scenario: name, claim: 'it holds', parameters: { servers: 60 } };
  return { name, ...what, commit, date: '2026-01-01T00:00:00.000Z', runs };
}

function text(rows: readonly Row[]): string {
  const results: Results = {
    ...{ command: 'npm run report:membership', commit: 'abc', date: 'today', machine: 'two cores' },
    ...{ node: 'v24', rows },
  };
  return markdown(results);
}

describe('rows', () => {
  test('that were run again replace the old ones, and the others stay', () => {
    const before = [row('a', [], 'old'), row('gone', [], 'old'), row('c', [], 'old')];
    const rows = merged(
      before,
      [row('c', [], 'new'), row('b', [], 'new')],
      [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    );
    expect(rows.map(({ name, commit }) => `${name} ${commit}`)).toEqual([
      ...['a old', 'b new', 'c new', 'gone old'],
    ]);
  });

  test('are as worst as the worst seed, on the side that counts', () => {
    const late = { ...soon, figure: 0.4, reached: false };
    const [most] = reachedBy(row('a', [printed('1', [soon]), printed('2', [late])]));
    expect(most).toMatchObject({ figures: [0.1, 0.4], worst: 0.4, reached: false });
    const { atMost: _, ...open } = soon;
    const least = { ...open, atLeast: 2 };
    const runs = [
      printed('1', [{ ...least, figure: 3 }]),
      printed('2', [{ ...least, figure: 2.5 }]),
    ];
    expect(reachedBy(row('a', runs))[0]).toMatchObject({ worst: 2.5, reached: true });
  });

  test('reach no goal with a run that broke off, or gave no report', () => {
    const broken = printed('2', [soon], ['n1 announced n2']);
    const failed = failedRun('3', 'out of memory', 9);
    const [goal] = reachedBy(row('a', [printed('1', [soon]), broken, failed]));
    expect(goal).toMatchObject({
      ...{ figures: [0.1, undefined, undefined], worst: undefined, reached: false },
    });
  });
});

describe('the text', () => {
  test('says plainly what was not reached', () => {
    const late = { ...soon, figure: 0.41234, reached: false };
    const said = text([row('kill', [printed('1', [soon]), printed('2', [late])])]);
    expect(said).toContain('Of 1 claims 1 held with every seed.');
    expect(said).toContain('Of 1 goals 0 were reached with every seed (not: kill, told).');
    expect(said).toContain(
      '| kill | servers=60 | told, p99: at most 0.3 s | 1: 0.1<br>2: 0.4123 | **0.4123** s ' +
        '| **NOT reached** | 40, 40 | 3, 3 |',
    );
  });

  test('says what broke, and which run gave no report', () => {
    const runs = [
      printed('1', [soon], ['n1 told | twice']),
      failedRun('2', 'ended with 134: x', 9),
    ];
    const said = text([row('kill', runs)]);
    expect(said).toContain('Of 1 claims 0 held with every seed (not: kill).');
    expect(said).toContain('| 1: **BROKEN**<br>2: **FAILED** |');
    expect(said).toContain('- kill, seed 1: G2 accuracy at 2.500 s: n1 told | twice');
    expect(said).toContain('- kill, seed 2: no report: ended with 134: x');
  });

  test('has no such section when nothing broke', () => {
    expect(text([row('kill', [printed('1', [soon])])])).not.toContain('What broke');
  });
});

describe('cases', () => {
  const folder = new URL('../../../scenarios/membership', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const names = files.map((file) => file.slice(0, -3));

  test('have names of their own, and files', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.filter(({ scenario }) => !names.includes(scenario))).toEqual([]);
  });

  test('are all files of the folder, listed or not', () => {
    const all = allCases([...names, 'new-one']);
    expect(new Set(all.map(({ scenario }) => scenario))).toEqual(new Set([...names, 'new-one']));
  });
});
