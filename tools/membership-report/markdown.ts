/** The report as people read it. */

import { type Reached, type Results, type Row, type Run, reachedBy } from './results.ts';

export function markdown(results: Results): string {
  const { command, commit, date, machine, node, rows } = results;
  const goals = rows.flatMap((row) => reachedBy(row).map((each) => ({ row, each })));
  const missed = goals.filter(({ each }) => !each.reached);
  const broken = rows.filter(({ runs }) => runs.some(({ ok }) => !ok));
  return [
    '# Membership: what is promised, and what was reached',
    '',
    `- command: \`${command}\``,
    `- date: ${date}`,
    `- commit: ${commit}`,
    `- machine: ${machine}`,
    `- node: ${node}`,
    '',
    'Servers as they are run for real, in the simulated world: one seed, one history, to the byte.',
    'Each row says at which commit and when it was measured. A percentile is a value that was',
    'measured; the worst is that of all seeds. What is promised, and on what assumptions, is in',
    '[the model](../src/membership/README.md); what each case does, in',
    '[its scenario](../scenarios/membership/README.md).',
    '',
    `Of ${rows.length} claims ${rows.length - broken.length} held with every seed` +
      `${named(broken.map(({ name }) => name))}. ` +
      `Of ${goals.length} goals ${goals.length - missed.length} were reached with every seed` +
      `${named(missed.map(({ row, each }) => `${row.name}, ${each.goal.measure}`))}.`,
    '',
    '## Goals',
    '',
    line(['case', 'size', 'goal', 'reached per seed', 'worst', '', 'virtual s', 'wall s']),
    line(Array.from({ length: 8 }, () => '---')),
    ...goals.map(({ row, each }) => goalLine(row, each)),
    '',
    '## Claims',
    '',
    line(['case', 'claim', 'size', 'held per seed', 'commit', 'date']),
    line(Array.from({ length: 6 }, () => '---')),
    ...rows.map(claimLine),
    '',
    ...faults(rows),
  ].join('\n');
}

/** What is printed as soon as a run is over. */
export function verdictOf({ ok, error, goals }: Run): string {
  if (error !== undefined) return 'FAILED';
  if (!ok) return 'BROKEN';
  const missed = goals.filter(({ reached }) => !reached).length;
  return missed === 0 ? 'held' : `held, ${missed} of ${goals.length} goals NOT reached`;
}

/** Four digits that count. */
export function figure(value: number): string {
  return Math.abs(value) >= 1e4 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}

function goalLine(row: Row, { goal, figures, worst, reached }: Reached): string {
  const unit = goal.unit === '' ? '' : ` ${goal.unit}`;
  const bounds = [
    ...(goal.atLeast === undefined ? [] : [`at least ${figure(goal.atLeast)}`]),
    ...(goal.atMost === undefined ? [] : [`at most ${figure(goal.atMost)}`]),
  ];
  return line([
    row.name,
    sizeOf(row),
    `${goal.measure}, ${goal.statistic}: ${bounds.join(' and ')}${unit}`,
    row.runs
      .map(({ seed, ok }, index) => `${seed}: ${ok ? shown(figures[index]) : 'broke off'}`)
      .join('<br>'),
    `**${shown(worst)}**${unit}`,
    reached ? 'reached' : '**NOT reached**',
    row.runs.map(({ virtualSeconds }) => virtualSeconds.toFixed(0)).join(', '),
    row.runs.map(({ wallSeconds }) => wallSeconds.toFixed(0)).join(', '),
  ]);
}

function claimLine(row: Row): string {
  const held = row.runs.map((run) => {
    return `${run.seed}: ${run.error === undefined ? (run.ok ? 'held' : '**BROKEN**') : '**FAILED**'}`;
  });
  return line([row.name, row.claim, sizeOf(row), held.join('<br>'), row.commit, row.date]);
}

function faults(rows: readonly Row[]): string[] {
  const faulty = rows.flatMap((row) =>
    row.runs.filter(({ ok }) => !ok).map((run) => ({ row, run })),
  );
  if (faulty.length === 0) return [];
  const items = faulty.flatMap(({ row, run }) => {
    const what = run.error === undefined ? run.violations : [`no report: ${run.error}`];
    return what.map((each) => `- ${row.name}, seed ${run.seed}: ${each.replaceAll('\n', ' ')}`);
  });
  return ['## What broke', '', ...items, ''];
}

function sizeOf({ parameters }: Row): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function shown(value: number | undefined): string {
  return value === undefined ? 'nothing measured' : figure(value);
}

function named(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (not: ${[...new Set(names)].join('; ')})`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
