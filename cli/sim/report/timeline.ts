/** What went wrong, a row for each kind, under a slider that moves through the run. */

import { area, curveStepAfter } from 'd3-shape';
import { type Axis, timeAxis } from './axis.ts';
import { type Mark, type MarkKind, markKinds } from './marks.ts';
import { html, type Markup } from './markup.ts';

/** The length of the run, in the coordinates of a row; rows are as wide as the page allows. */
const WIDTH = 1000;
const LANES_MAX = 12;
/** More than so many of a kind are drawn as how many there are at once. */
const BARS_MAX = 300;
const BINS = 250;

/** The rows, and the axis beneath them. */
export function timelineRows(
  marks: readonly Mark[],
  lengthUs: number,
  brokenAt: number | undefined,
): Markup {
  const time = timeAxis(lengthUs, { from: 0, to: WIDTH });
  const kinds = (Object.keys(markKinds) as MarkKind[]).flatMap((kind) => {
    const own = marks.filter((mark) => mark.kind === kind);
    return own.length === 0 ? [] : [rowOf(kind, own, time)];
  });
  const share = (at: number) => (time.place(at) / WIDTH) * 100;
  return html`${kinds.length === 0 && html`<p class="note calm">Nothing went wrong in this run.</p>`}
<div class="rows">${kinds}
<div class="row scale"><span></span><div class="track">${time.ticks.map(
    ({ at, text }) =>
      html`<span class="time ${at > 0.97 * WIDTH && 'last'}" style="left:${Math.round(at) / 10}%"><span>${text}</span></span>`,
  )}</div></div>
<div class="row overlay" aria-hidden="true"><span></span><div class="track">${
    brokenAt !== undefined &&
    html`<i class="broken" style="left:${share(brokenAt).toFixed(2)}%"></i>`
  }<i class="cursor"></i></div></div>
</div>`;
}

function rowOf(kind: MarkKind, marks: readonly Mark[], time: Axis): Markup {
  const { shape, height } = marks.length > BARS_MAX ? density(marks, time) : bars(marks, time);
  return html`<div class="row fault ${kind}"><span class="what"><svg viewBox="0 0 12 12" aria-hidden="true"><use href="#mark-${kind}"/></svg>${markKinds[kind]} <b>${marks.length}</b></span>
<div class="track"><svg class="bars" viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" style="height:${height}px" role="img" aria-label="${marks.length} times: ${markKinds[kind]}">${shape}</svg></div></div>
`;
}

interface Shape {
  readonly shape: Markup;
  readonly height: number;
}

/** A bar for each, next to those that last at the same time. */
function bars(marks: readonly Mark[], time: Axis): Shape {
  /** for each lane, up to where it is taken */
  const lanes: number[] = [];
  const placed = marks.map((mark) => {
    const from = time.place(mark.fromUs);
    const to = Math.max(time.place(mark.untilUs), from + 2);
    let lane = lanes.findIndex((end) => end <= from);
    if (lane < 0) lane = lanes.length < LANES_MAX ? lanes.length : leastOf(lanes);
    lanes[lane] = Math.max(lanes[lane] ?? 0, to + 1);
    return { from, to, lane };
  });
  const step = lanes.length > 4 ? 5 : 9;
  const thick = step - 2;
  const shape = html`<path class="bar" d="${placed
    .map(({ from, to, lane }) => `M${from} ${lane * step + 1}H${to}v${thick}H${from}Z`)
    .join('')}"/><path class="begin" d="${placed
    .map(({ from, lane }) => `M${from} ${lane * step + 1}v${thick}`)
    .join('')}"/>`;
  return { shape, height: Math.max(14, lanes.length * step + 1) };
}

/** How many last at once, as a hill. */
function density(marks: readonly Mark[], time: Axis): Shape {
  const height = 36;
  const counts = new Array<number>(BINS).fill(0);
  const binOf = (us: number) => Math.min(BINS - 1, Math.floor((time.place(us) / WIDTH) * BINS));
  for (const { fromUs, untilUs } of marks) {
    for (let bin = binOf(fromUs); bin <= binOf(untilUs); bin++) {
      counts[bin] = (counts[bin] as number) + 1;
    }
  }
  const most = Math.max(...counts);
  const hill = area<number>()
    .x((_, bin) => Math.round((bin / (BINS - 1)) * WIDTH))
    .y0(height)
    .y1((count) => Math.round((height - (count / most) * (height - 2)) * 10) / 10)
    .curve(curveStepAfter);
  return { shape: html`<path class="bar" d="${hill(counts) ?? ''}"/>`, height };
}

function leastOf(lanes: readonly number[]): number {
  let least = 0;
  for (const [lane, end] of lanes.entries()) if (end < (lanes[least] as number)) least = lane;
  return least;
}
