/** Figures as text: a line while it runs, and a table and JSON to keep. */

import { type Figure, reached, type Spread } from './figure.ts';

export interface Circumstances {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly loadBefore: number;
  readonly command: string;
  readonly seconds: number;
}

/** What is printed as soon as a figure is known. */
export function lineOf(figure: Figure): string {
  const { unit, cpu, cpuUnit, rivals } = figure;
  const parts = [`  ${figure.name}: ${spreadText(figure.spread)} ${unit}`];
  if (figure.goal !== undefined) parts.push(goalText(figure));
  if (cpu !== undefined) parts.push(`CPU ${number(cpu.median)} ${cpuUnit}`);
  for (const rival of rivals) {
    parts.push(`${number(rival.ratio)} x ${rival.name} (${number(rival.spread.median)} ${unit})`);
    if (rival.cpuRatio !== undefined) parts.push(`CPU ${number(rival.cpuRatio)} x`);
  }
  return `${parts.join('; ')}\n`;
}

export function markdown(figures: readonly Figure[], how: Circumstances): string {
  const rows = figures.map((figure) => {
    const rivals = figure.rivals.map((rival) => {
      const cpu = rival.cpuRatio === undefined ? '' : `, CPU ${number(rival.cpuRatio)} x`;
      return `${number(rival.ratio)} x ${rival.name} (${spreadText(rival.spread)})${cpu}`;
    });
    return [
      figure.case,
      figure.name,
      `**${number(figure.spread.median)}** ${figure.unit}`,
      `${number(figure.spread.min)} to ${number(figure.spread.max)}, ${figure.spread.runs} runs`,
      figure.cpu === undefined ? '' : `${number(figure.cpu.median)} ${figure.cpuUnit}`,
      goalText(figure),
      figure.original === undefined ? '' : number(figure.original),
      rivals.join('<br>'),
    ];
  });
  const notes = figures.flatMap(({ name, note }) =>
    note === undefined ? [] : `- ${name}: ${note}`,
  );
  return [
    '# Benchmarks',
    '',
    `- date: ${how.date}`,
    `- machine: ${how.machine}; load before the start ${how.loadBefore.toFixed(1)}`,
    `- node: ${how.node}`,
    `- command: \`${how.command}\`, which took ${how.seconds.toFixed(0)} s`,
    '',
    'Each figure is the median of several runs. Where the same work is also done by something',
    'simpler, both took turns in the same run; the ratio, ours to theirs, says more than the',
    'figure when the machine is busy. CPU time is that of all processes that took part.',
    '"Original" is the figure of the Go program that this one follows, on a machine of its time.',
    '',
    row(['case', 'figure', 'median', 'spread', 'CPU', 'goal', 'original', 'in comparison']),
    row(Array.from({ length: 8 }, () => '---')),
    ...rows.map(row),
    '',
    ...notes,
    '',
  ].join('\n');
}

export function json(figures: readonly Figure[], how: Circumstances): string {
  const all = figures.map((figure) => ({ ...figure, reached: reached(figure) }));
  return `${JSON.stringify({ ...how, figures: all }, undefined, 2)}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function goalText(figure: Figure): string {
  const { goal, better } = figure;
  if (goal === undefined) return '';
  const bound = `${better === 'more' ? 'at least' : 'at most'} ${number(goal.value)}`;
  const what = goal.of === 'ratio' ? 'ratio ' : '';
  return `${what}${bound}: ${reached(figure) === true ? 'reached' : 'NOT reached'}`;
}

function spreadText({ median, min, max }: Spread): string {
  return `${number(median)} [${number(min)} to ${number(max)}]`;
}

/** Three digits that count. */
function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
