/** What a run comes to, as text for people and as JSON for programs. */

import type { Report } from '../../sim/index.ts';
import type { Found } from './counter-example.ts';
import { goalLines, measureLines, tableLines } from './figures.ts';
import { type Request, type Run, replayLine } from './request.ts';

/** One line of JSON. */
export function asJson(request: Request, run: Run, found: object = {}): string {
  const replay = replayLine(request, run.history);
  return `${JSON.stringify({ ...run.report, ...rates(run), replay, ...found })}\n`;
}

/** A screenful, which ends with the verdict. */
export function asText(request: Request, run: Run, found?: Found): string {
  const { report, seconds } = run;
  const { virtualSecondsPerSecond, eventsPerSecond, peakMemoryMib } = rates(run);
  const lines = [
    report.claim,
    ...report.checks.map(
      ({ guarantee, observed }) => `  ${guarantee.padEnd(18)} checked ${observed} times`,
    ),
    ...measureLines(report.measures),
    ...goalLines(report.goals),
    ...report.tables.flatMap(tableLines),
    `  ${report.virtualSeconds.toFixed(1)} virtual seconds in ${seconds.toFixed(1)} s ` +
      `(${virtualSecondsPerSecond} times real time), ${report.events} events ` +
      `(${eventsPerSecond} a second), ${report.serversStarted} servers started, ` +
      `${peakMemoryMib} MiB of memory at most`,
    `  seed ${report.seed}, trace hash ${report.hash}`,
    verdict(report),
  ];
  if (!report.ok) {
    if (found !== undefined) lines.push('', 'what led there:', ...found.led, '');
    for (const { guarantee, at, message } of report.violations) {
      lines.push(`${guarantee} is broken at ${(at / 1e6).toFixed(6)} s: ${message}`);
    }
    lines.push(`replay: ${replayLine(request, run.history)}`);
  }
  if (found !== undefined) lines.push(`trace: ${found.trace}, for "circuit sim trace"`);
  return `${lines.join('\n')}\n`;
}

function rates({ report, seconds }: Run) {
  return {
    wallSeconds: Number(seconds.toFixed(3)),
    eventsPerSecond: Math.round(report.events / seconds),
    virtualSecondsPerSecond: Number((report.virtualSeconds / seconds).toFixed(2)),
    // Of the whole process: Node itself takes some 50 of it.
    peakMemoryMib: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

function verdict({ ok, goals }: Report): string {
  if (!ok) return 'BROKEN';
  const missed = goals.filter(({ reached }) => !reached).length;
  return `ok: every guarantee held${missed === 0 ? '' : `; ${missed} of ${goals.length} goals NOT reached`}`;
}
