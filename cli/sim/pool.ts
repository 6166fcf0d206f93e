/**
 * Runs many seeds of a scenario on all cores: a process a core, each of which is handed one seed
 * after another. A process that dies, such as for want of memory, costs its seed and is replaced.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Parameters } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';
import { failedOutcome, type Outcome } from './outcome.ts';
import { type Described, replayLine } from './request.ts';
import { mistakeExitCode } from './watchdog.ts';

/** What to run, told first. */
export interface Load extends Described, Settings {
  readonly type: 'load';
}

export type ToWorker = Load | { readonly type: 'run'; readonly seed: string };

/** How each seed is run. */
export interface Settings {
  /** Whether each is run twice, and both compared. */
  readonly twice: boolean;
  /** When nothing has happened for so long, the run is stuck. */
  readonly stuckSeconds: number;
  /** As of `History`. */
  readonly noise?: string;
}

export type FromWorker =
  | {
      readonly type: 'ran';
      readonly outcome: Outcome;
      readonly claim: string;
      readonly parameters: Parameters;
    }
  /** `whole`: the file could not be loaded, so no seed can be run. */
  | { readonly type: 'mistaken'; readonly message: string; readonly whole: boolean };

export interface PoolOptions extends Settings {
  readonly seeds: readonly string[];
  /** How many processes. */
  readonly jobs: number;
  /** Ends all: what is done by then is returned. */
  readonly signal: AbortSignal;
  readonly ended: (outcome: Outcome) => void;
}

/** What all runs have in common, told by the first of them; undefined when none came to an end. */
export type Common = { readonly claim: string; readonly parameters: Parameters } | undefined;

/** What a worker said last, kept for the case that it dies. */
const SAID_MAX = 4_000;

/** Runs all. Throws BAD_ARGUMENT when the scenario is at fault. */
export async function runSeeds(request: Described, options: PoolOptions): Promise<Common> {
  const waiting = options.seeds[Symbol.iterator]();
  const lanes = Math.min(options.jobs, options.seeds.length);
  const pool = new Pool(request, options, waiting);
  await Promise.all(Array.from({ length: lanes }, () => pool.lane()));
  return pool.common;
}

class Pool {
  common: Common;
  readonly #request: Described;
  readonly #options: PoolOptions;
  readonly #waiting: Iterator<string>;
  /** Set once the scenario is known to be at fault: nobody goes on. */
  #fault: CircuitError | undefined;

  constructor(request: Described, options: PoolOptions, waiting: Iterator<string>) {
    this.#request = request;
    this.#options = options;
    this.#waiting = waiting;
  }

  /** Runs seeds until none is left, in one process, or more if they die. */
  async lane(): Promise<void> {
    let worker: Worker | undefined;
    for (;;) {
      const next = this.#waiting.next();
      if (next.done === true || this.#over) break;
      worker ??= new Worker(this.#request, this.#options);
      const answer = await this.#run(worker, next.value);
      if (worker.isOver) worker = undefined;
      if (this.#over) break;
      this.#take(next.value, answer);
    }
    worker?.end();
    if (this.#fault !== undefined) throw this.#fault;
  }

  get #over(): boolean {
    return this.#options.signal.aborted || this.#fault !== undefined;
  }

  async #run(worker: Worker, seed: string): Promise<FromWorker | string> {
    const { signal } = this.#options;
    const stop = () => worker.kill();
    signal.addEventListener('abort', stop);
    try {
      return await worker.run(seed);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #replay(seed: string): string {
    const { noise } = this.#options;
    return replayLine(this.#request, { seed, ...(noise === undefined ? {} : { noise }) });
  }

  #take(seed: string, answer: FromWorker | string): void {
    if (typeof answer === 'string') {
      this.#options.ended(failedOutcome(seed, answer, this.#replay(seed)));
    } else if (answer.type === 'mistaken') {
      // With another seed it may be none: the others go on once one of them has come to an end.
      if (answer.whole || this.common === undefined) {
        this.#fault ??= new CircuitError('BAD_ARGUMENT', `${answer.message} (seed ${seed})`);
      } else {
        this.#options.ended(failedOutcome(seed, answer.message, this.#replay(seed)));
      }
    } else {
      this.common ??= { claim: answer.claim, parameters: answer.parameters };
      this.#options.ended(answer.outcome);
    }
  }
}

class Worker {
  /** Whether its process has ended. */
  isOver = false;
  readonly #child: ChildProcess;
  #said = '';
  #answer: ((answer: FromWorker | string) => void) | undefined;

  constructor({ typed, file, set, goals }: Described, options: PoolOptions) {
    const { jobs, twice, stuckSeconds, noise } = options;
    const extension = import.meta.url.endsWith('.ts') ? 'worker.ts' : 'sim-worker.js';
    const heapMib = Math.floor((totalmem() * 0.8) / jobs / 2 ** 20);
    this.#child = fork(fileURLToPath(new URL(extension, import.meta.url)), {
      execArgv: [`--max-old-space-size=${heapMib}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-SAID_MAX);
    });
    this.#child.on('message', (message: FromWorker) => this.#settle(message));
    this.#child.on('error', (error) => this.#settle(error.message));
    this.#child.on('close', (code, signal) => {
      this.isOver = true;
      const last = causeIn(this.#said);
      const how = `its process ended with ${signal ?? code}`;
      // The watchdog has ended it, and said why.
      if (code === mistakeExitCode) {
        const message = last.replace(/^circuit: /, '');
        this.#settle({ type: 'mistaken', message, whole: false });
      } else this.#settle(last === '' ? how : `${how}: ${last}`);
    });
    const settings = { twice, stuckSeconds, ...(noise === undefined ? {} : { noise }) };
    this.#send({ type: 'load', typed, file, set, goals, ...settings });
  }

  /** What came of the seed, or why the process is no more. */
  run(seed: string): Promise<FromWorker | string> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#send({ type: 'run', seed });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  end(): void {
    this.#child.disconnect();
  }

  #send(message: ToWorker): void {
    // One that has died tells so by closing.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #settle(answer: FromWorker | string): void {
    this.#answer?.(answer);
    this.#answer = undefined;
  }
}

/** The line that says what was wrong: Node ends what it says with a stack and its version. */
function causeIn(said: string): string {
  const lines = said.split('\n').filter((line) => !/^(\s|$|Node\.js v)/.test(line));
  return lines.findLast((line) => /^circuit: |Error\b|^FATAL/.test(line)) ?? lines.at(-1) ?? '';
}
