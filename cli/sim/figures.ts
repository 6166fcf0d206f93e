/** What a simulation was given and what it measured, between text and numbers. */

import type { GoalOutcome, Measure, Parameters, Table } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';

/** Parses what `--set` was given. Throws BAD_ARGUMENT. */
export function parametersFrom(settings: readonly string[]): Parameters {
  return Object.fromEntries(
    settings.map((setting) => {
      const match = /^([^=\s]+)=(-?\d+(?:\.\d+)?(?:e-?\d+)?)$/.exec(setting);
      if (match === null) {
        throw new CircuitError(
          'BAD_ARGUMENT',
          `--set ${setting}: write a parameter as name=number, for example servers=60`,
        );
      }
      return [match[1] as string, Number(match[2])];
    }),
  );
}

/** A table: one line for each measure, under a heading. */
export function measureLines(measures: readonly Measure[]): string[] {
  if (measures.length === 0) return [];
  const heads = ['count', 'min', 'mean', 'p50', 'p99', 'max'] as const;
  return table([
    ['measured', ...heads],
    ...measures.map((measure) => [
      measure.unit === '' ? measure.name : `${measure.name}, ${measure.unit}`,
      ...heads.map((head) => figure(measure[head])),
    ]),
  ]);
}

/** A table that a scenario added, with its title above. */
export function tableLines({ title, columns, rows }: Table): string[] {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell)),
  );
  return ['', `  ${title}`, ...table([columns, ...cells]), ''];
}

/** Rows of cells in columns, names to the left and numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map(([name = '', ...cells]) => {
    const padded = cells.map((cell, column) => cell.padStart(widths[column + 1] ?? 0));
    return `  ${name.padEnd(widths[0] ?? 0)}  ${padded.join('  ')}`;
  });
}

export function goalLines(goals: readonly GoalOutcome[]): string[] {
  return goals.map((goal) => {
    const bounds = [
      ...(goal.atLeast === undefined ? [] : [`at least ${figure(goal.atLeast)}`]),
      ...(goal.atMost === undefined ? [] : [`at most ${figure(goal.atMost)}`]),
    ];
    const unit = goal.unit === '' ? '' : ` ${goal.unit}`;
    const found = goal.figure === undefined ? 'nothing measured' : `${figure(goal.figure)}${unit}`;
    const outcome = goal.reached ? 'reached' : 'NOT reached';
    return `  goal: ${goal.measure}, ${goal.statistic} ${bounds.join(' and ')}${unit}: ${outcome}, ${found}`;
  });
}

/** Four digits that count. */
export function figure(value: number): string {
  return Math.abs(value) >= 1e4 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}
