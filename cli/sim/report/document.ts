/**
 * Everything that a report tells, as data: what report.json holds, and what the other two formats
 * are made of.
 *
 * Moments are microseconds since the world began. `report` is what `circuit sim --json` prints of
 * the run; `mishaps` is what went wrong, each an incident as a schedule would say it, with the end
 * of it (`forUs` is null for what lasts until all is healed); `series` are numbers over time, with
 * seven digits that count; `frames` are pictures of the overlay. What is added later does not raise
 * the version; it is raised when something is taken away, or means something else.
 */

import type { Mishap, OverlayFrame, Report, Series } from '../../../sim/index.ts';
import { holds, type Request, type Run, replayLine } from '../request.ts';

/** What report.json holds. */
export interface ReportDocument {
  readonly format: 'circuit sim report';
  readonly version: 1;
  /** As it was typed. */
  readonly scenario: string;
  /** Whether every guarantee held, and with --goals every goal was reached. */
  readonly held: boolean;
  /** The line that repeats the run. */
  readonly replay: string;
  /** Whether a goal that is not reached is a failure. */
  readonly goalsCount: boolean;
  /** What decided loss and latency; the seed when left out. */
  readonly noise?: string;
  /** Wall-clock seconds that the run took. */
  readonly wallSeconds: number;
  readonly report: Report;
  readonly mishaps: readonly Mishap[];
  readonly series: readonly Series[];
  readonly frames: readonly OverlayFrame[];
}

const DIGITS = 7;

export function documentOf(request: Request, run: Run): ReportDocument {
  const { noise } = run.history;
  return {
    format: 'circuit sim report',
    version: 1,
    scenario: request.typed,
    held: holds(request, run.report),
    replay: replayLine(request, run.history),
    goalsCount: request.goals,
    ...(noise === undefined ? {} : { noise }),
    wallSeconds: Number(run.seconds.toFixed(3)),
    report: run.report,
    mishaps: run.mishaps,
    series: run.series.map(({ values, ...series }) => ({
      ...series,
      values: values.map((value) => Number(value.toPrecision(DIGITS))),
    })),
    frames: run.frames,
  };
}

/** One line of JSON. */
export function jsonOf(document: ReportDocument): string {
  return `${JSON.stringify(document)}\n`;
}
