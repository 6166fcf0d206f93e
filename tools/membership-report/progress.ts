/** What the report says while it runs: what runs, how much is done, and how long it may take. */

import { verdictOf } from './markdown.ts';
import type { Run } from './results.ts';
import type { Job } from './running.ts';

/** With nothing to say for so long, it says what runs. */
const everyMs = 30_000;

export class Progress {
  readonly #total: number;
  /** Seconds that a job will take, as far as one knows. */
  readonly #guess: (job: Job) => number | undefined;
  readonly #width: number;
  /** job => when it began. */
  readonly #running = new Map<Job, number>();
  readonly #waiting: Set<Job>;
  readonly #timer: NodeJS.Timeout;
  #done = 0;
  #seconds = 0;

  constructor(
    jobs: readonly Job[],
    { width, guess }: { width: number; guess: (job: Job) => number | undefined },
  ) {
    this.#total = jobs.length;
    this.#waiting = new Set(jobs);
    this.#width = width;
    this.#guess = guess;
    this.#timer = setInterval(() => this.#say(''), everyMs);
  }

  began(job: Job): void {
    this.#waiting.delete(job);
    this.#running.set(job, performance.now());
  }

  ended(job: Job, run: Run): void {
    this.#running.delete(job);
    this.#done++;
    this.#seconds += run.wallSeconds;
    this.#say(`${nameOf(job)}: ${verdictOf(run)}, ${run.wallSeconds.toFixed(0)} s; `);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #say(what: string): void {
    const now = performance.now();
    const running = [...this.#running].map(([job, from]) => {
      return `${nameOf(job)} (${((now - from) / 1000).toFixed(0)} s)`;
    });
    const runs = running.length === 0 ? '' : `now ${running.join(', ')}; `;
    const left = this.#done === this.#total ? 'done' : `about ${this.#left(now)} left`;
    process.stdout.write(`[${this.#done}/${this.#total}] ${what}${runs}${left}\n`);
  }

  /** Those that nothing is known of are taken to be as long as the mean so far. */
  #left(now: number): string {
    const mean = this.#done === 0 ? 10 : this.#seconds / this.#done;
    let seconds = 0;
    for (const job of this.#waiting) seconds += this.#guess(job) ?? mean;
    for (const [job, from] of this.#running) {
      seconds += Math.max(1, (this.#guess(job) ?? mean) - (now - from) / 1000);
    }
    seconds /= this.#width;
    return seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
  }
}

function nameOf({ name, seed }: Job): string {
  return `${name} seed ${seed}`;
}
