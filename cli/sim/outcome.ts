/**
 * What many seeds of one scenario came to: the file that `--seeds ... --json` prints, a part of it
 * for each shard, and the whole of several parts.
 */

import type { Parameters, Report, Violation } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';
import type { Run } from './request.ts';

/** What of a report is told of each of many seeds. */
type Told = 'seed' | 'hash' | 'events' | 'virtualSeconds' | 'checks' | 'measures' | 'goals';

/** What one seed came to. */
export interface Outcome extends Pick<Report, Told> {
  /** Whether every guarantee held, and with --goals every goal was reached. */
  readonly ok: boolean;
  /** What else went wrong: the process that ran it died, or a second run was not the same. */
  readonly failure?: string;
  /** Whether a second run was not the same. */
  readonly differs?: boolean;
  readonly wallSeconds: number;
  /** The first of them. */
  readonly violations: readonly Violation[];
  /** The line that runs it again. */
  readonly replay: string;
}

/** The i-th of n parts, from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Some seeds of one scenario. */
export interface Batch {
  readonly format: 'circuit sim seeds';
  readonly version: 1;
  readonly scenario: string;
  readonly claim: string;
  readonly parameters: Parameters;
  /** Whether goals count. */
  readonly goals: boolean;
  /** The first of all seeds, and how many were asked for, of every shard together. */
  readonly seed: string;
  readonly seeds: number;
  /** Which parts of them these are. */
  readonly shards: readonly Shard[];
  /** Of every core together, without waiting. */
  readonly wallSeconds: number;
  /** In the order of the seeds. */
  readonly outcomes: readonly Outcome[];
}

const VIOLATIONS_KEPT = 3;

export function outcomeOf(run: Run, ok: boolean, replay: string): Outcome {
  const { seed, hash, events, virtualSeconds, checks, measures, goals } = run.report;
  const violations = run.report.violations.slice(0, VIOLATIONS_KEPT);
  const wallSeconds = Number(run.seconds.toFixed(4));
  const numbers = { events, virtualSeconds, wallSeconds };
  return { seed, ok, hash, ...numbers, checks, measures, goals, violations, replay };
}

/** Of a seed of which there is no report. */
export function failedOutcome(seed: string, failure: string, replay: string): Outcome {
  const none = { checks: [], measures: [], goals: [], violations: [] };
  return {
    ...{ seed, ok: false, failure, hash: '', events: 0, virtualSeconds: 0, wallSeconds: 0 },
    ...{ ...none, replay },
  };
}

/** The seeds of a shard: those of others differ, and all together are all. */
export function seedsOf(first: string, count: number, { index, of }: Shard): string[] {
  const seeds: string[] = [];
  for (let i = index - 1; i < count; i += of) seeds.push(nth(first, i));
  return seeds;
}

/** Counts on from a number; another text is followed by one. */
function nth(first: string, i: number): string {
  if (/^(0|[1-9]\d{0,14})$/.test(first)) return String(Number(first) + i);
  return i === 0 ? first : `${first}-${i}`;
}

/** What was printed, checked. Throws BAD_ARGUMENT, with the name of the file. */
export function batchFrom(file: string, text: string): Batch {
  let found: Partial<Batch> | undefined;
  try {
    found = JSON.parse(text) as Partial<Batch>;
  } catch {
    throw new CircuitError('BAD_ARGUMENT', `${file} is not JSON`);
  }
  if (found?.format !== 'circuit sim seeds') {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `${file} is not what "circuit sim SCENARIO --seeds N --json" prints`,
    );
  }
  if (found.version !== 1 || !Array.isArray(found.outcomes) || !Array.isArray(found.shards)) {
    throw new CircuitError('BAD_ARGUMENT', `${file} is of another version of circuit`);
  }
  return found as Batch;
}

/** One batch of all shards. Throws BAD_ARGUMENT when one is missing, twice, or of another run. */
export function merged(parts: readonly { readonly file: string; readonly batch: Batch }[]): Batch {
  const [first, ...others] = parts;
  if (first === undefined) throw new CircuitError('BAD_ARGUMENT', 'there is nothing to merge');
  const { batch } = first;
  for (const other of others) {
    const why = differs(batch, other.batch);
    if (why !== undefined) {
      throw new CircuitError('BAD_ARGUMENT', `${first.file} and ${other.file} have other ${why}`);
    }
  }
  const shards = parts.flatMap((part) => part.batch.shards);
  const of = shards[0]?.of ?? 1;
  for (let index = 1; index <= of; index++) {
    const found = shards.filter((shard) => shard.index === index).length;
    if (found === 1) continue;
    const what = found === 0 ? 'is missing' : 'is there more than once';
    throw new CircuitError('BAD_ARGUMENT', `shard ${index}/${of} ${what}`);
  }
  const byShard = parts.flatMap((part) => part.batch.outcomes);
  const outcomes = [...byShard].sort((a, b) => inOrder(a.seed, b.seed));
  const wallSeconds = parts.reduce((sum, part) => sum + part.batch.wallSeconds, 0);
  return { ...batch, shards: [{ index: 1, of: 1 }], wallSeconds, outcomes };
}

function differs(a: Batch, b: Batch): string | undefined {
  if (a.claim !== b.claim) return 'claims';
  if (JSON.stringify(a.parameters) !== JSON.stringify(b.parameters)) return 'parameters';
  if (a.goals !== b.goals) return 'demands: one counts goals';
  if (a.seed !== b.seed) return 'first seeds';
  if (a.seeds !== b.seeds || a.shards[0]?.of !== b.shards[0]?.of) return 'numbers of seeds';
  return undefined;
}

/** Numbers by their value, and `x-2` before `x-10`. */
function inOrder(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
