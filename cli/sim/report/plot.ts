/** One plot: lines over the time of the run, with what went wrong marked beneath and behind them. */

import { area, curveLinear, curveStepAfter, line } from 'd3-shape';
import { type Axis, timeAxis, told, valueAxis } from './axis.ts';
import type { PlotPlan } from './catalogue.ts';
import { isDeparture, type Mark, type MarkKind, markKinds } from './marks.ts';
import { html, type Markup } from './markup.ts';
import { type Point, pointsOf } from './points.ts';

/** Where the lines of every plot are, in its own coordinates. */
export const frame = { left: 46, top: 12, right: 404, bottom: 158 } as const;
const width = 412;
/** Under it is a strip in which each kind of what went wrong has a lane; then come the numbers. */
const strip = { top: 160, lane: 3.6 } as const;
const underStrip = 24;
/** Lines of one plot; more are not told apart. */
const LINES_MAX = 6;

/** What every plot of a run has in common. */
export interface PlotSetting {
  readonly time: Axis;
  /** When the first guarantee was broken. */
  readonly brokenAt: number | undefined;
  readonly marks: readonly Mark[];
  /** Down to where what went wrong is marked. */
  readonly bottom: number;
}

export function plotSetting(
  marks: readonly Mark[],
  lengthUs: number,
  brokenAt: number | undefined,
): PlotSetting {
  const lanes = new Set(marks.map(({ kind }) => kind)).size;
  const bottom = strip.top + Math.ceil(Math.max(1, lanes) * strip.lane) + 1;
  const time = timeAxis(lengthUs, { from: frame.left, to: frame.right });
  return { time, brokenAt, marks, bottom };
}

/** What was wrong when, once for all plots, which refer to it. */
export function faultMarks({ marks, time }: PlotSetting): Markup {
  const kinds = (Object.keys(markKinds) as MarkKind[]).flatMap((kind) => {
    const own = marks.filter((mark) => mark.kind === kind);
    return own.length === 0 ? [] : [{ kind, own }];
  });
  const drawn = kinds.map(({ kind, own }, lane) => {
    const places = own.map((mark) => [time.place(mark.fromUs), time.place(mark.untilUs)] as const);
    const box = (from: number, to: number, top: number, bottom: number) =>
      `M${from} ${top}H${to}V${bottom}H${from}Z`;
    const top = Math.round((strip.top + lane * strip.lane) * 10) / 10;
    const bottom = Math.round((strip.top + (lane + 1) * strip.lane - 0.6) * 10) / 10;
    const stretches = united(places);
    const behind = own.every(isDeparture) ? [] : stretches;
    const bands = behind.map(([from, to]) => box(from, to, frame.top, frame.bottom)).join('');
    const lasting = stretches.map(([from, to]) => box(from, to, top, bottom)).join('');
    const begins = [...new Set(places.map(([from]) => from))];
    const moments = begins.map((at) => `M${at} ${top}V${bottom}`).join('');
    return html`<g class="fault ${kind}">${
      bands !== '' && html`<path class="band" d="${bands}"/>`
    }<path class="lasting" d="${lasting}"/><path class="moment" d="${moments}"/></g>`;
  });
  return html`<svg class="defs" aria-hidden="true"><defs><g id="faults">${drawn}</g></defs></svg>`;
}

/** A plot with its heading, its legend, and its numbers as a table. */
export function plotCard(plan: PlotPlan, index: number, setting: PlotSetting): Markup {
  const lines = plan.lines.slice(0, LINES_MAX);
  const all = lines.map(({ series }) => pointsOf(series));
  const unit = plan.unit === '' ? '' : html` <span class="unit">${plan.unit}</span>`;
  const legend = lines.map(({ name }, i) => {
    const last = all[i]?.at(-1)?.value;
    return html`<li class="${lookOf(plan, i)}"><svg viewBox="0 0 22 8" aria-hidden="true">${sample(plan)}</svg>${
      lines.length > 1 && html`${name} `
    }<b data-reading="${i}">${last === undefined ? '' : told(last, plan.isShare === true)}</b></li>`;
  });
  const left = plan.lines.length - lines.length;
  return html`<figure class="card plot-card" data-plot="${index}">
<figcaption><h3 id="plot-${index}">${plan.title}${unit}</h3><ul class="legend">${legend}</ul></figcaption>
${drawing(plan, { all, index, setting })}
${plan.note !== undefined && html`<p class="note">${plan.note}</p>`}
${left > 0 && html`<p class="note">${left} more are in report.json.</p>`}
${numbers(plan, all)}
</figure>
`;
}

/** The mean stands out between the least and the most, which bound it. */
function lookOf({ lines }: PlotPlan, i: number): string {
  const names = lines.map(({ name }) => name);
  if (!names.includes('least') || !names.includes('most')) return `l${i}`;
  return names[i] === 'least' || names[i] === 'most' ? 'l0 bound' : `l${Math.max(0, i - 1)}`;
}

function sample({ drawn }: PlotPlan): Markup {
  return drawn === 'dots'
    ? html`<path class="line dots" d="M11 4h0"/>`
    : html`<path class="line" d="M1 4H21"/>`;
}

interface Drawn {
  readonly all: readonly (readonly Point[])[];
  readonly index: number;
  readonly setting: PlotSetting;
}

function drawing(plan: PlotPlan, { all, index, setting }: Drawn): Markup {
  const { time, brokenAt, bottom } = setting;
  const values = all.flat().map(({ value }) => value);
  const { reference } = plan;
  const compared = reference === undefined ? values : [...values, reference.at];
  const { isShare = false } = plan;
  const axis = valueAxis(compared, { from: frame.bottom, to: frame.top, isShare });
  const referenceAt = reference === undefined ? 0 : axis.place(reference.at);
  return html`<svg class="plot" viewBox="0 0 ${width} ${bottom + underStrip}" role="img" aria-labelledby="plot-${index}" data-frame="${frame.left} ${frame.top} ${frame.right} ${frame.bottom} ${bottom}">
<use class="faults" href="#faults"/>
<g class="axis">${axis.ticks.map(
    ({ at, text }) =>
      html`<path class="grid" d="M${frame.left} ${at}H${frame.right}"/><text class="value" x="${frame.left - 6}" y="${at + 4}">${text}</text>`,
  )}${time.ticks.map(
    ({ at, text }) =>
      html`<path class="tick" d="M${at} ${bottom}v3"/><text class="time ${at > frame.right - 12 && 'last'}" x="${at}" y="${bottom + 18}">${text}</text>`,
  )}</g>
${
  reference !== undefined &&
  html`<path class="reference" d="M${frame.left} ${referenceAt}H${frame.right}"/><text class="reference-text" x="${frame.right - 3}" y="${referenceAt - 4}">${reference.text}</text>`
}
${envelope(plan, all, { time, axis })}
${all.map((points, i) => lineOf(plan, points, { i, time, axis }))}
${
  brokenAt !== undefined &&
  html`<path class="broken" d="M${time.place(brokenAt)} ${frame.top - 6}V${bottom}"/>`
}
<path class="cursor" d="M${frame.left} ${frame.top}V${bottom}"/>
</svg>`;
}

interface Axes {
  readonly time: Axis;
  readonly axis: Axis;
}

function lineOf(plan: PlotPlan, points: readonly Point[], { i, time, axis }: Axes & { i: number }) {
  const kind = plan.drawn ?? 'plain';
  const draw = line<Point>(
    ({ at }) => time.place(at),
    ({ value }) => axis.place(value),
  ).curve(kind === 'steps' ? curveStepAfter : curveLinear);
  const isDotted = kind === 'dots' || points.length === 1;
  const path = isDotted
    ? points.map(({ at, value }) => `M${time.place(at)} ${axis.place(value)}h0`).join('')
    : draw(points);
  return html`<path class="line ${lookOf(plan, i)} ${isDotted && 'dots'}" d="${path ?? ''}"/>`;
}

/** The space between the least and the most, where a plot has both. */
function envelope({ lines }: PlotPlan, all: readonly (readonly Point[])[], { time, axis }: Axes) {
  const least = all[lines.findIndex(({ name }) => name === 'least')];
  const most = all[lines.findIndex(({ name }) => name === 'most')];
  if (least === undefined || most === undefined || least.length !== most.length) return undefined;
  const between = area<Point>()
    .x(({ at }) => time.place(at))
    .y0(({ value }) => axis.place(value))
    .y1((_, i) => axis.place(most[i]?.value ?? 0));
  // Where they were thinned at different moments, there is no honest space between them.
  if (least.some(({ at }, i) => at !== most[i]?.at)) return undefined;
  return html`<path class="envelope" d="${between(least) ?? ''}"/>`;
}

const ROWS_MAX = 24;

/** The numbers as a table: what the lines show, for those who cannot see them. */
function numbers({ lines, isShare = false }: PlotPlan, all: readonly (readonly Point[])[]): Markup {
  const times = [...new Set(all.flat().map(({ at }) => at))].sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil(times.length / ROWS_MAX));
  /** for each line, moment => value */
  const tables = all.map((points) => new Map(points.map(({ at, value }) => [at, value])));
  const rows = times.filter((_, index) => index % every === 0);
  return html`<details><summary>Numbers</summary><div class="scroll"><table>
<thead><tr><th scope="col">s</th>${tables.map((_, i) => html`<th scope="col">${lines[i]?.name}</th>`)}</tr></thead>
<tbody>${rows.map((at) => {
    const cells = tables.map((table) => {
      const value = table.get(at);
      return html`<td>${value === undefined ? '' : told(value, isShare)}</td>`;
    });
    return html`<tr><th scope="row">${(at / 1e6).toFixed(1)}</th>${cells}</tr>`;
  })}</tbody></table></div></details>`;
}

/** The stretches that these cover together. Drawn on top of each other they would darken. */
function united(stretches: readonly (readonly [number, number])[]): [number, number][] {
  const all: [number, number][] = [];
  for (const [from, to] of [...stretches].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}
