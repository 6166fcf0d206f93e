/** A report as Markdown: for a change request, or next to code. */

import { figure } from '../figures.ts';
import { told } from './axis.ts';
import { plotsOf } from './catalogue.ts';
import type { ReportDocument } from './document.ts';
import { marksOf } from './marks.ts';
import { pointsOf } from './points.ts';

const MISHAPS_MAX = 40;
const SPARK_WIDTH = 32;
const SPARKS = '▁▂▃▄▅▆▇█';

export function markdownOf(document: ReportDocument): string {
  const { report } = document;
  return [
    `# ${plain(report.claim)}`,
    '',
    ...verdict(document),
    '',
    fenced(document.replay),
    '',
    ...section('Guarantees', [
      ['guarantee', 'checked, times'],
      ...report.checks.map(({ guarantee, observed }) => [guarantee, String(observed)]),
    ]),
    ...goals(document),
    ...measures(document),
    ...report.tables.flatMap(({ title, columns, rows }) =>
      section(title, [
        columns,
        ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell))),
      ]),
    ),
    ...overTime(document),
    ...mishaps(document),
    ...theRun(document),
  ].join('\n');
}

function verdict({ report, held }: ReportDocument): string[] {
  if (held) {
    const missed = report.goals.filter(({ reached }) => !reached).length;
    return [
      `**Every guarantee held${missed === 0 ? '' : `; ${missed} of ${report.goals.length} goals were not reached`}.**`,
    ];
  }
  if (report.ok) return ['**A goal was not reached.**'];
  return [
    '**A guarantee is broken.**',
    '',
    ...report.violations.map(
      ({ guarantee, at, message }) =>
        `- ${plain(guarantee)} at ${(at / 1e6).toFixed(6)} s: ${plain(message)}`,
    ),
    '',
    ...(report.tail.length === 0 ? [] : ['The last events:', '', fenced(report.tail.join('\n'))]),
  ];
}

function goals({ report }: ReportDocument): string[] {
  return section('Goals', [
    ['goal', 'at least', 'at most', 'found', 'outcome'],
    ...report.goals.map(({ measure, statistic, unit, atLeast, atMost, figure: found, reached }) => [
      `${measure}, ${statistic}${unit === '' ? '' : `, ${unit}`}`,
      ...[atLeast, atMost, found].map((value) => (value === undefined ? '' : figure(value))),
      reached ? 'reached' : '**not reached**',
    ]),
  ]);
}

function measures({ report }: ReportDocument): string[] {
  const heads = ['count', 'min', 'mean', 'p50', 'p99', 'max'] as const;
  return section('Measured', [
    ['measure', ...heads],
    ...report.measures.map((measure) => [
      measure.unit === '' ? measure.name : `${measure.name}, ${measure.unit}`,
      ...heads.map((head) => figure(measure[head])),
    ]),
  ]);
}

function overTime({ series }: ReportDocument): string[] {
  const rows = plotsOf(series).flatMap(({ title, unit, isShare = false, lines }) =>
    lines.map(({ name, series }) => {
      const values = pointsOf(series).map(({ value }) => value);
      const heading = `${title}${unit === '' ? '' : `, ${unit}`}: ${name}`;
      const tell = (value: number | undefined) => (value === undefined ? '' : told(value, isShare));
      const numbers = [Math.min(...values), Math.max(...values), values.at(-1)];
      return [heading, ...(values.length === 0 ? ['', '', ''] : numbers.map(tell)), spark(values)];
    }),
  );
  return section('Over time', [
    ['', 'min', 'max', 'last', 'from the beginning to the end'],
    ...rows,
  ]);
}

function mishaps({ mishaps, report }: ReportDocument): string[] {
  const marks = marksOf(mishaps);
  const lengthUs = report.virtualSeconds * 1e6;
  const rows = marks.slice(0, MISHAPS_MAX).map(({ fromUs, untilUs, text }) => {
    const lasted = untilUs >= lengthUs ? 'to the end' : `${figure((untilUs - fromUs) / 1e6)} s`;
    return [`${(fromUs / 1e6).toFixed(3)} s`, untilUs === fromUs ? '' : lasted, text];
  });
  const left = marks.length - rows.length;
  return [
    ...section('What went wrong', [['at', 'for', 'what'], ...rows]),
    ...(left > 0 ? [`${left} more are in report.json.`, ''] : []),
  ];
}

function theRun({ report, scenario, noise, wallSeconds }: ReportDocument): string[] {
  return section('The run', [
    ['option', 'value'],
    ['scenario', scenario],
    ['seed', report.seed],
    ...(noise === undefined ? [] : [['noise', noise]]),
    ...Object.entries(report.parameters).map(([name, value]) => [name, String(value)]),
    ['virtual time', `${figure(report.virtualSeconds)} s, in ${figure(wallSeconds)} s`],
    ['events', String(report.events)],
    ['servers started', String(report.serversStarted)],
    ['trace hash', report.hash],
  ]);
}

/** A heading and a table, whose first row are its headings; nothing when it has no other. */
function section(title: string, [heads = [], ...rows]: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  const rule = heads.map((_, column) => {
    return rows.every((row) => /^-?[\d.]*[kMG]?( [%s])?$/.test(row[column] ?? '')) ? '---:' : '---';
  });
  return [`## ${plain(title)}`, '', line(heads), `| ${rule.join(' | ')} |`, ...rows.map(line), ''];
}

/** A text on one line, in which nothing is Markdown but what was meant to be bold. */
function plain(text: string): string {
  if (/^\*\*[\w ]+\*\*$/.test(text)) return text;
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#&]/g, (character) => {
    return character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`;
  });
}

/** Text as it is, whatever it holds. */
function fenced(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}text\n${text}\n${fence}`;
}

/** A line of bars: the mean of each stretch. */
export function spark(values: readonly number[]): string {
  if (values.length === 0) return '';
  const width = Math.min(SPARK_WIDTH, values.length);
  const means = Array.from({ length: width }, (_, bin) => {
    const from = Math.floor((bin * values.length) / width);
    const to = Math.floor(((bin + 1) * values.length) / width);
    const own = values.slice(from, to);
    return own.reduce((sum, value) => sum + value / own.length, 0);
  });
  const [min, max] = [Math.min(...means), Math.max(...means)];
  return means
    .map((mean) => {
      const share = max > min ? (mean / 2 - min / 2) / (max / 2 - min / 2) : 0;
      return SPARKS[Math.min(SPARKS.length - 1, Math.floor(share * SPARKS.length))] ?? '';
    })
    .join('');
}
