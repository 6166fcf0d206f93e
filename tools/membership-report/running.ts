/** Runs of `circuit sim` in processes of their own, some at a time. */

import { join } from 'node:path';
import type { Parameters } from '../../sim/index.ts';
import { circuitSim, root } from '../circuit-sim.ts';
import { failedRun, type Printed, type Run, runOf } from './results.ts';

export interface Job {
  readonly name: string;
  readonly scenario: string;
  readonly seed: string;
  readonly set: Parameters;
}

/** The report of a run as it was printed, too, for what its row needs to know. */
export interface Ended {
  readonly run: Run;
  readonly printed: Printed | undefined;
}

export interface Work {
  readonly jobs: readonly Job[];
  /** How many at a time. */
  readonly width: number;
  readonly signal: AbortSignal;
  began(job: Job): void;
  ended(job: Job, ended: Ended): void;
}

/** Runs all, in order. Resolves when the last is over, or once `signal` has ended them. */
export async function runAll(work: Work): Promise<void> {
  const { jobs, width, signal, began, ended } = work;
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if (signal.aborted) return;
      began(job);
      const outcome = await run(job, work);
      if (!signal.aborted) ended(job, outcome);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function run({ scenario, seed, set }: Job, { width, signal }: Work): Promise<Ended> {
  const settings = Object.entries(set).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const file = join(root, 'scenarios/membership', `${scenario}.ts`);
  const args = [file, '--seed', seed, ...settings];
  const { printed, why, seconds } = await circuitSim<Printed>(args, { signal, width });
  return { printed, run: printed ? runOf(printed) : failedRun(seed, why, seconds) };
}
