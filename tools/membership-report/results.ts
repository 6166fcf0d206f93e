/** What runs came to, as it is kept in reports/membership.json, and how new rows join old ones. */

import type { GoalOutcome, Measure, Parameters, Report } from '../../sim/index.ts';
import type { Case } from './cases.ts';

/** What one run came to. */
export interface Run {
  readonly seed: string;
  /** Whether every guarantee held. */
  readonly ok: boolean;
  /** Why there is no report; everything below is empty then. */
  readonly error?: string;
  /** Some guarantees that broke, with when and how. */
  readonly violations: readonly string[];
  readonly goals: readonly GoalOutcome[];
  readonly measures: readonly Measure[];
  readonly virtualSeconds: number;
  readonly wallSeconds: number;
  readonly hash: string;
}

/** One case, run with some seeds at one commit. */
export interface Row {
  readonly name: string;
  readonly scenario: string;
  readonly claim: string;
  readonly parameters: Parameters;
  /** With a `+` when files of the project were not those of the commit; several if it moved on. */
  readonly commit: string;
  /** ISO 8601, when its last run ended. */
  readonly date: string;
  readonly runs: readonly Run[];
}

export interface Circumstances {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
}

/** The whole report. Its circumstances are those of the command that wrote it last. */
export interface Results extends Circumstances {
  readonly rows: readonly Row[];
}

/** What `circuit sim --json` prints. */
export type Printed = Report & { readonly wallSeconds: number };

const VIOLATIONS_KEPT = 3;

export function runOf(printed: Printed): Run {
  const { seed, ok, goals, measures, virtualSeconds, wallSeconds, hash } = printed;
  const violations = printed.violations
    .slice(0, VIOLATIONS_KEPT)
    .map(({ guarantee, at, message }) => {
      return `${guarantee} at ${(at / 1e6).toFixed(3)} s: ${message}`;
    });
  return { seed, ok, violations, goals, measures, virtualSeconds, wallSeconds, hash };
}

/** A run that printed no report: it ran out of memory, or its scenario is at fault. */
export function failedRun(seed: string, error: string, wallSeconds: number): Run {
  const none = { violations: [], goals: [], measures: [], virtualSeconds: 0, hash: '' };
  return { seed, ok: false, error, wallSeconds, ...none };
}

/** The old rows with the new ones in their places, in the order of the cases. */
export function merged(
  before: readonly Row[],
  rows: readonly Row[],
  cases: readonly Pick<Case, 'name'>[],
): Row[] {
  const byName = new Map([...before, ...rows].map((row) => [row.name, row]));
  const listed = cases.flatMap(({ name }) => byName.get(name) ?? []);
  const unlisted = [...byName.values()].filter(
    ({ name }) => !cases.some((each) => each.name === name),
  );
  return [...listed, ...unlisted];
}

/** One goal, and what every run came to. */
export interface Reached {
  readonly goal: Omit<GoalOutcome, 'figure' | 'reached'>;
  /** In the order of the runs; undefined where nothing was measured, or the run broke off. */
  readonly figures: readonly (number | undefined)[];
  /** The furthest on the wrong side, or the nearest to it. */
  readonly worst: number | undefined;
  readonly reached: boolean;
}

export function reachedBy({ runs }: Row): Reached[] {
  const [first] = runs.filter(({ goals }) => goals.length > 0);
  return (first?.goals ?? []).map((goal, index) => {
    const outcomes = runs.map(({ ok, goals }) => (ok ? goals[index] : undefined));
    const figures = outcomes.map((outcome) => outcome?.figure ?? undefined);
    return {
      goal,
      figures,
      worst: worstOf(goal, figures),
      reached: outcomes.every((outcome) => outcome?.reached === true),
    };
  });
}

function worstOf({ atMost, atLeast }: Reached['goal'], figures: Reached['figures']) {
  const excess = (figure: number) =>
    Math.max(
      atMost === undefined ? Number.NEGATIVE_INFINITY : figure - atMost,
      atLeast === undefined ? Number.NEGATIVE_INFINITY : atLeast - figure,
    );
  let worst: number | undefined;
  for (const figure of figures) {
    if (figure === undefined) return undefined;
    if (worst === undefined || excess(figure) > excess(worst)) worst = figure;
  }
  return worst;
}
