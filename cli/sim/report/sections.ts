/** The sections of the page that are text and tables. */

import type { Report, Table } from '../../../sim/index.ts';
import { figure } from '../figures.ts';
import type { ReportDocument } from './document.ts';
import type { Mark } from './marks.ts';
import { type Content, html, type Markup } from './markup.ts';

/** The first say most; others are often the same of other servers. */
const VIOLATIONS_OPEN = 3;
const MISHAPS_LISTED_MAX = 200;
const PARAMETERS_MAX = 64;

/** What was claimed, what came of it, and how to see it again. */
export function headline(document: ReportDocument): Markup {
  const { report, held, replay } = document;
  const missed = report.goals.filter(({ reached }) => !reached).length;
  const verdict = held
    ? html`<p class="verdict held"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5l3.5 3.5L13 4.5"/></svg>Every guarantee held</p>`
    : html`<p class="verdict failed"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg>${
        report.ok ? 'A goal was not reached' : 'A guarantee is broken'
      }</p>`;
  return html`<header>
<p class="kind">circuit · simulation report</p>
<h1>${sentence(report.claim)}</h1>
<div class="verdicts">${verdict}${
    held &&
    missed > 0 &&
    html`<p class="verdict missed">${missed} of ${report.goals.length} goals not reached</p>`
  }</div>
<div class="replay"><code id="replay">${replay}</code><button type="button" id="copy" hidden>Copy</button></div>
</header>
`;
}

/** A few numbers that say how large the run was. */
export function tiles({ report, wallSeconds }: ReportDocument): Markup {
  const { virtualSeconds, events, serversStarted, checks } = report;
  const looks = checks.reduce((sum, { observed }) => sum + observed, 0);
  const all: readonly (readonly [Content, string])[] = [
    [lengthOf(virtualSeconds), 'of virtual time'],
    [grouped(events), 'events'],
    [grouped(serversStarted), 'servers started'],
    [grouped(looks), `checks of ${checks.length} guarantee${checks.length === 1 ? '' : 's'}`],
    [`${figure(virtualSeconds / Math.max(wallSeconds, 1e-3))} ×`, 'real time'],
  ];
  return html`<dl class="tiles">${all.map(
    ([value, name]) => html`<div><dd>${value}</dd><dt>${name}</dt></div>`,
  )}</dl>
`;
}

/** What is broken, and the last events before. */
export function violations({ report }: ReportDocument): Markup | undefined {
  if (report.violations.length === 0) return undefined;
  const items = report.violations.map(
    ({ guarantee, at, message }) =>
      html`<li><b>${guarantee}</b> at <b>${(at / 1e6).toFixed(6)} s</b><br>${message}</li>`,
  );
  const more = items.slice(VIOLATIONS_OPEN);
  return html`<section class="card broken-card" aria-labelledby="broken-title">
<h2 id="broken-title">What is broken</h2>
<ol>${items.slice(0, VIOLATIONS_OPEN)}</ol>
${
  more.length > 0 &&
  html`<details><summary>${more.length} more</summary><ol start="${VIOLATIONS_OPEN + 1}">${more}</ol></details>`
}
${
  report.tail.length > 0 &&
  html`<details><summary>The last ${report.tail.length} events</summary><pre>${report.tail.join('\n')}</pre></details>`
}
</section>
`;
}

/** Guarantees, goals, measures, the tables of the scenario, and the options of the run. */
export function results(document: ReportDocument): Markup {
  const { report } = document;
  return html`<div class="results">
${guarantees(report)}
${options(document)}
${goals(report)}
${measures(report)}
${report.tables.map(ownTable)}
</div>
`;
}

/** What went wrong, in words. */
export function mishapList(marks: readonly Mark[], lengthUs: number): Markup | undefined {
  if (marks.length === 0) return undefined;
  const left = marks.length - MISHAPS_LISTED_MAX;
  const rows = marks.slice(0, MISHAPS_LISTED_MAX).map(({ fromUs, untilUs, text }) => {
    const lasted = untilUs >= lengthUs ? 'to the end' : `${figure((untilUs - fromUs) / 1e6)} s`;
    return [(fromUs / 1e6).toFixed(3), untilUs === fromUs ? '' : lasted, text];
  });
  return html`<details><summary>What went wrong, in words</summary>
<div class="scroll"><table class="words"><thead><tr><th scope="col">at, s</th><th scope="col">for</th><th scope="col">what</th></tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>
${left > 0 && html`<p class="note">${left} more are in report.json.</p>`}</details>`;
}

function guarantees({ checks, violations }: Report): Markup {
  const broken = new Set(violations.map(({ guarantee }) => guarantee));
  const rows = checks.map(({ guarantee, observed }) => {
    const isBroken = broken.has(guarantee);
    const outcome = html`<span class="${isBroken ? 'no' : 'yes'}">${isBroken ? '✕ broken' : '✓ held'}</span>`;
    return [guarantee, grouped(observed), outcome];
  });
  return table('Guarantees', ['guarantee', 'checked, times', 'outcome'], rows);
}

function goals({ goals }: Report): Markup | undefined {
  if (goals.length === 0) return undefined;
  const rows = goals.map((goal) => {
    const { atLeast, atMost, figure: found, reached } = goal;
    const bounds = [
      atLeast !== undefined && `at least ${figure(atLeast)}`,
      atMost !== undefined && `at most ${figure(atMost)}`,
    ].filter((bound) => bound !== false);
    const outcome = html`<span class="${reached ? 'yes' : 'no'}">${reached ? '✓ reached' : '✕ not reached'}</span>`;
    const unit = goal.unit === '' ? '' : ` ${goal.unit}`;
    return [
      `${goal.measure}, ${goal.statistic}`,
      `${bounds.join(' and ')}${unit}`,
      found === undefined ? 'nothing measured' : `${figure(found)}${unit}`,
      outcome,
    ];
  });
  return table('Goals', ['measure', 'goal', 'found', 'outcome'], rows);
}

function measures({ measures }: Report): Markup | undefined {
  if (measures.length === 0) return undefined;
  const heads = ['count', 'min', 'mean', 'p50', 'p99', 'max'] as const;
  const rows = measures.map((measure) => [
    measure.unit === '' ? measure.name : `${measure.name}, ${measure.unit}`,
    ...heads.map((head) => figure(measure[head])),
  ]);
  return table('Measured', ['measure', ...heads], rows);
}

function ownTable({ title, columns, rows }: Table): Markup {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell)),
  );
  return table(title, columns, cells);
}

function options({ report, scenario, noise, goalsCount }: ReportDocument): Markup {
  const parameters = Object.entries(report.parameters).slice(0, PARAMETERS_MAX);
  const rows: (readonly Content[])[] = [
    ['scenario', html`<code>${scenario}</code>`],
    ['seed', html`<code>${report.seed}</code>`],
    ...(noise === undefined ? [] : [['noise', html`<code>${noise}</code>`]]),
    ...parameters.map(([name, value]) => [name, String(value)]),
    ['goals', goalsCount ? 'one that is missed is a failure' : 'told, and nothing more'],
    ['trace hash', html`<code>${report.hash}</code>`],
  ];
  return table('The run', ['option', 'value'], rows);
}

function table(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly Content[])[],
): Markup {
  const isWide = heads.length > 3;
  return html`<section class="card ${isWide && 'wide'}"><h2>${title}</h2><div class="scroll"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div></section>
`;
}

function lengthOf(seconds: number): string {
  if (seconds < 180) return `${figure(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 180 ? `${minutes.toFixed(1)} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** Thousands apart, by a narrow space. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
