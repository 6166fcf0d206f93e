/** Runs of `circuit sim` in processes of their own, some at a time. */

import { spawn } from 'node:child_process';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Parameters } from '../../sim/index.ts';
import { failedRun, type Printed, type Run, runOf } from './results.ts';

export const root = join(import.meta.dirname, '../..');

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
export async function runAll({ jobs, width, signal, began, ended }: Work): Promise<void> {
  const waiting = [...jobs];
  const heapMib = Math.floor((totalmem() * 0.8) / width / 2 ** 20);
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if (signal.aborted) return;
      began(job);
      const outcome = await run(job, heapMib, signal);
      if (!signal.aborted) ended(job, outcome);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** The last of what a process said that printed no report. */
const STDERR_KEPT = 500;

function run({ scenario, seed, set }: Job, heapMib: number, signal: AbortSignal): Promise<Ended> {
  const settings = Object.entries(set).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const file = join(root, 'scenarios/membership', `${scenario}.ts`);
  const args = ['sim', file, '--json', '--seed', seed, ...settings];
  const from = performance.now();
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMib}`, join(root, 'cli/main.ts'), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], signal, cwd: root },
  );
  let out = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_KEPT);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      said = `${said}${error.message}`;
    });
    child.on('close', (code, killed) => {
      const printed = parsed(out);
      const seconds = (performance.now() - from) / 1000;
      const why = `ended with ${code ?? killed}: ${said.trim()}`;
      resolve({ printed, run: printed ? runOf(printed) : failedRun(seed, why, seconds) });
    });
  });
}

function parsed(text: string): Printed | undefined {
  try {
    return JSON.parse(text) as Printed;
  } catch {
    return undefined;
  }
}
