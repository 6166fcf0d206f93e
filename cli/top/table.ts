/** The table of `circuit top`, as lines. */

import { duration } from '../format.ts';
import type { Figures } from './figures.ts';

export interface TableOptions {
  readonly colored: boolean;
  /** Longer lines are cut, and more servers left out; undefined: as it comes. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const heads = [
  'SERVER',
  'ADDRESS',
  'CPU %',
  'MEMORY',
  'OPS/S',
  'WAIT',
  'IN/S',
  'OUT/S',
  'SEES',
  'AGE',
  'ELEMENTS',
];
/** Columns of text, which stand at the left. */
const texts: ReadonlySet<number> = new Set([0, 1, 10]);

export function tableLines(
  all: readonly Figures[],
  { colored, columns, rows }: TableOptions,
): string[] {
  const room = rows === undefined ? all.length : Math.max(0, rows - 2);
  // The last line says how many there is no room for.
  const shown = all.length <= room ? all : all.slice(0, Math.max(0, room - 1));
  const cells = shown.map(cellsOf);
  const widths = heads.map((head, at) =>
    cells.reduce((widest, row) => Math.max(widest, (row[at] as string).length), head.length),
  );
  const cut = (text: string) => text.slice(0, columns);
  const line = (row: readonly string[]) => {
    const padded = row.map((cell, at) => {
      const width = widths[at] as number;
      return texts.has(at) ? cell.padEnd(width) : cell.padStart(width);
    });
    return cut(padded.join('  ').trimEnd());
  };
  const paint = (code: number, text: string) => (colored ? `\x1b[${code}m${text}\x1b[0m` : text);
  const left = all.length - shown.length;
  return [
    cut(summary(all)),
    paint(1, line(heads)),
    ...shown.map((figures, at) => {
      const text = line(cells[at] as string[]);
      return figures.answered ? text : paint(31, text);
    }),
    ...(left > 0 ? [cut(`and ${left} more`)] : []),
  ];
}

function summary(all: readonly Figures[]): string {
  const answers = all.filter(({ answered }) => answered);
  const silent = all.length - answers.length;
  const sum = (of: (figures: Figures) => number | undefined) =>
    answers.reduce((total, figures) => total + (of(figures) ?? 0), 0);
  const parts = [
    `${all.length} server${all.length === 1 ? '' : 's'}`,
    ...(silent > 0 ? [`${silent} without an answer`] : []),
    `CPU ${sum(({ cpuPercent }) => cpuPercent).toFixed(1)} %`,
    `memory ${size(sum(({ residentBytes }) => residentBytes))}`,
    `${sum(({ operationsPerSecond }) => operationsPerSecond).toFixed(0)} operations/s`,
  ];
  return parts.join(', ');
}

function cellsOf(figures: Figures): string[] {
  const { id, address, ageSeconds, elements } = figures;
  const begin = [id, address];
  const age = duration(1_000 * ageSeconds);
  if (!figures.answered) return [...begin, ...Array(7).fill('-'), age, 'no answer'];
  return [
    ...begin,
    figures.cpuPercent?.toFixed(1) ?? '-',
    size(figures.residentBytes),
    figures.operationsPerSecond?.toFixed(0) ?? '-',
    String(figures.pending ?? '-'),
    size(figures.bytesInPerSecond),
    size(figures.bytesOutPerSecond),
    String(figures.members ?? '-'),
    age,
    Object.entries(elements ?? {})
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', '),
  ];
}

/** Bytes in four digits or less: `0`, `12k`, `345M`. */
function size(bytes: number | undefined): string {
  if (bytes === undefined) return '-';
  let amount = bytes;
  for (const unit of ['', 'k', 'M', 'G', 'T']) {
    if (amount < 1_000) return `${amount.toFixed(unit !== '' && amount < 10 ? 1 : 0)}${unit}`;
    amount /= 1_024;
  }
  return `${amount.toFixed(0)}P`;
}

/** The same for programs. */
export function figuresObject(all: readonly Figures[], time: Date): object {
  return {
    time: time.toISOString(),
    servers: all.map((figures) =>
      Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value ?? null])),
    ),
  };
}
