/** `circuit sim SCENARIO --seeds N` and `circuit sim --merge FILES`. */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { CircuitError } from '../../src/index.ts';
import { interrupts } from '../interrupt.ts';
import { print } from '../output.ts';
import { Bar } from './bar.ts';
import { batchText } from './many-text.ts';
import { type Batch, batchFrom, merged, type Outcome, type Shard, seedsOf } from './outcome.ts';
import { runSeeds } from './pool.ts';
import type { Request } from './request.ts';

/** Which seeds, on how many cores, and how they are told. */
export interface Many {
  /** The first; the others count on from it. */
  readonly seed: string;
  /** Numbers as they were typed; undefined as they were left out. */
  readonly seeds: string;
  readonly jobs: string | undefined;
  readonly shard: string | undefined;
  readonly twice: boolean;
  readonly noise: string | undefined;
  readonly stuckSeconds: number;
  readonly json: boolean;
}

/** A guarantee is broken, or a goal that counts is not reached. */
export const brokenExitCode = 1;
/** Two runs of one seed differed. */
export const differentExitCode = 4;
const SEEDS_MAX = 1_000_000;
const JOBS_MAX = 1_024;
const SHARDS_MAX = 10_000;

/** Resolves with the exit code: whether all of them held. */
export async function runMany(request: Request, many: Many): Promise<number> {
  const seeds = whole('--seeds', many.seeds, SEEDS_MAX);
  const jobs =
    many.jobs === undefined ? availableParallelism() : whole('--jobs', many.jobs, JOBS_MAX);
  const shard = shardFrom(many.shard ?? '1/1');
  const mine = seedsOf(many.seed, seeds, shard);
  const bar = new Bar(mine.length, many.json);
  const outcomes = new Map<string, Outcome>();
  const { signal } = interrupts(undefined);
  const common = await runSeeds(request, {
    ...{ seeds: mine, jobs, signal, twice: many.twice, stuckSeconds: many.stuckSeconds },
    ...(many.noise === undefined ? {} : { noise: many.noise }),
    ended: (outcome) => {
      outcomes.set(outcome.seed, outcome);
      bar.ended(outcome.ok);
    },
  }).finally(() => bar.end());
  const batch: Batch = {
    format: 'circuit sim seeds',
    version: 1,
    scenario: request.typed,
    claim: common?.claim ?? request.scenario.claim,
    parameters: common?.parameters ?? { ...request.scenario.parameters, ...request.set },
    goals: request.goals,
    seed: many.seed,
    seeds,
    shards: [shard],
    wallSeconds: Number(bar.seconds.toFixed(3)),
    outcomes: mine.flatMap((seed) => outcomes.get(seed) ?? []),
  };
  if (signal.aborted) {
    throw new CircuitError(
      'CANCELLED',
      `stopped after ${outcomes.size} of ${mine.length} seeds, ` +
        `${batch.outcomes.filter(({ ok }) => !ok).length} of which failed`,
    );
  }
  return tell(batch, many.json);
}

/** Puts the parts of shards together. Resolves with the exit code: whether all of them held. */
export function mergeFiles(files: readonly string[], json: boolean): Promise<number> {
  const parts = files.map((file) => ({ file, batch: batchFrom(file, textOf(file)) }));
  return tell(merged(parts), json);
}

async function tell(batch: Batch, json: boolean): Promise<number> {
  await print(json ? `${JSON.stringify(batch)}\n` : batchText(batch));
  if (batch.outcomes.some(({ differs }) => differs === true)) return differentExitCode;
  return batch.outcomes.every(({ ok }) => ok) ? 0 : brokenExitCode;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CircuitError('BAD_ARGUMENT', `cannot read ${file}: ${(error as Error).message}`);
  }
}

/** A whole number that was typed. Throws BAD_ARGUMENT. */
export function whole(name: string, text: string, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new CircuitError('BAD_ARGUMENT', `${name} ${text}: give a whole number from 1 to ${max}`);
}

function shardFrom(text: string): Shard {
  const [, index = '0', of = '0'] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index >= 1 && shard.index <= shard.of && shard.of <= SHARDS_MAX) return shard;
  throw new CircuitError('BAD_ARGUMENT', `--shard ${text}: write i/n, for example 2/5`);
}
