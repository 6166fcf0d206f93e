/** A report as one page of HTML that needs nothing else, and asks nobody for anything. */

import { createHash } from 'node:crypto';
import type { OverlayFrame } from '../../../sim/index.ts';
import { pageScript, pageStyle } from './assets.ts';
import { PLOTS_MAX, plotsOf } from './catalogue.ts';
import type { ReportDocument } from './document.ts';
import { type Mark, type MarkKind, markKinds, marksOf } from './marks.ts';
import { html, Markup, scriptJson } from './markup.ts';
import { overlayDrawing, packed, stateNames } from './overlay-drawing.ts';
import { faultMarks, plotCard, plotSetting } from './plot.ts';
import { pointsOf } from './points.ts';
import { headline, mishapList, results, tiles, violations } from './sections.ts';
import { symbols } from './symbols.ts';
import { timelineRows } from './timeline.ts';

/** What went wrong at a moment is told by the page for so many; the drawings show all. */
const TOLD_MAX = 1_500;

export function pageOf(document: ReportDocument): string {
  const { report, frames } = document;
  const lengthUs = report.virtualSeconds * 1e6;
  const brokenAt = report.violations[0]?.at;
  const marks = marksOf(document.mishaps);
  const plans = plotsOf(document.series);
  const setting = plotSetting(marks, lengthUs, brokenAt);
  const left = plans.length - PLOTS_MAX;
  const shown = plans.slice(0, PLOTS_MAX);
  const body = html`${symbols}${faultMarks(setting)}
<main>
${headline(document)}
${violations(document)}
${tiles(document)}
${player(frames, marks, { lengthUs, brokenAt })}
${
  shown.length > 0 &&
  html`<section aria-labelledby="plots-title"><h2 id="plots-title">Over time</h2>
${legend(marks, brokenAt !== undefined)}
<div class="plots">
${shown.map((plan, index) => plotCard(plan, index, setting))}</div>
${left > 0 && html`<p class="note">${left} more plots are left out; report.json has their numbers.</p>`}</section>`
}
<section aria-label="Results"><h2 class="apart">In numbers</h2>
${results(document)}</section>
<footer><p>Written by <code>circuit sim --report</code>. One seed, one history: the line at the top repeats this run
to the byte, on any machine. All numbers are in <code>report.json</code> next to this page.</p></footer>
</main>`;
  const known = scriptJson({
    lengthMs: Math.round(lengthUs / 1000),
    brokenMs: brokenAt === undefined ? null : Math.round(brokenAt / 1000),
    shown: shownFirst(frames, brokenAt),
    ...{ stateNames, overlay: packed(frames) },
    marks: marks
      .slice(0, TOLD_MAX)
      .map(({ fromUs, untilUs, text }) => [ms(fromUs), ms(untilUs), text]),
    marksLeft: Math.max(0, marks.length - TOLD_MAX),
    plots: shown.map(({ lines, isShare = false }) => ({
      isShare,
      lines: lines.map(({ series }) =>
        pointsOf(series).map(({ at, value }) => [ms(at), Number(value.toPrecision(5))]),
      ),
    })),
  });
  return whole(
    report.claim,
    html`${body}
<script type="application/json" id="known">${known}</script>`,
  );
}

function whole(title: string, body: Markup): string {
  const [style, script] = [pageStyle(), pageScript()];
  const hash = createHash('sha256').update(script).digest('base64');
  const policy =
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:; ` +
    "base-uri 'none'; form-action 'none'";
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · circuit</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
${body}
<script>${new Markup(script)}</script>
</body>
</html>
`}`;
}

interface Times {
  readonly lengthUs: number;
  readonly brokenAt: number | undefined;
}

/** The overlay, with the slider that moves it and everything else through the run. */
function player(frames: readonly OverlayFrame[], marks: readonly Mark[], times: Times): Markup {
  const { lengthUs, brokenAt } = times;
  const shown = shownFirst(frames, brokenAt);
  const frame = frames[shown];
  const lengthMs = ms(lengthUs);
  const at = frame === undefined ? lengthMs : ms(frame.at);
  const states = Object.entries(stateNames).map(
    ([state, name]) =>
      html`<li class="is-${state}"><svg viewBox="-9 -9 18 18" aria-hidden="true"><use href="#state-${state}"/></svg>${name} <b data-state="${state}"></b></li>`,
  );
  const drawn =
    frame !== undefined &&
    html`<div class="stage" id="stage" tabindex="0" aria-label="The overlay. Arrow keys choose a server, Escape none.">${overlayDrawing(frames, shown)}</div>
<div class="aside"><p class="moment"><b id="moment">${(at / 1000).toFixed(1)} s</b> <span id="pictured"></span></p><ul class="states">${states}</ul>
<p class="note new-edges"><svg viewBox="0 0 22 8" aria-hidden="true"><path class="fresh" d="M1 4H21"/></svg> an edge that is new since the picture before</p>
<p class="chosen" id="chosen" aria-live="polite"></p>
<h3>At this moment</h3><ul class="now" id="now"></ul></div>`;
  return html`<section class="card player" aria-labelledby="overlay-title"><h2 id="overlay-title">The overlay, and what went wrong</h2>
<div class="scene">${drawn}</div>
<div class="rows controls"><div class="row"><span class="what"><button type="button" id="play" aria-label="Play"><svg viewBox="0 0 16 16" aria-hidden="true"><path class="to-play" d="M4 2.5v11l9.5-5.5z"/><path class="to-pause" d="M4 2.5h3v11H4zM9 2.5h3v11H9z"/></svg><span id="play-text">Play</span></button></span>
<div class="track"><input type="range" id="time" min="0" max="${lengthMs}" step="any" value="${at}" aria-label="Moment of the run"></div></div></div>
${timelineRows(marks, lengthUs, brokenAt)}
${mishapList(marks, lengthUs)}
</section>
`;
}

function legend(marks: readonly Mark[], isBroken: boolean): Markup | undefined {
  const kinds = (Object.keys(markKinds) as MarkKind[]).filter((kind) =>
    marks.some((mark) => mark.kind === kind),
  );
  if (kinds.length === 0 && !isBroken) return undefined;
  const icon = (name: string) =>
    html`<svg viewBox="0 0 12 12" aria-hidden="true"><use href="#${name}"/></svg>`;
  return html`<ul class="legend marks">${kinds.map(
    (kind) => html`<li class="fault ${kind}">${icon(`mark-${kind}`)}${markKinds[kind]}</li>`,
  )}${isBroken && html`<li>${icon('mark-broken')}a guarantee is broken</li>`}</ul>`;
}

/** The picture that the page opens with: the last before what is broken, or the last of all. */
function shownFirst(frames: readonly OverlayFrame[], brokenAt: number | undefined): number {
  const until = brokenAt ?? Infinity;
  return Math.max(
    0,
    frames.findLastIndex(({ at }) => at <= until),
  );
}

function ms(us: number): number {
  return Math.round(us / 1000);
}
