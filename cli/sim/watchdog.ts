/**
 * A run is one synchronous call, so a scenario with an endless loop would hang for ever and nobody
 * in its thread could say so. A second thread watches how far the run is. When nothing happens for
 * too long, it stops the first one as a debugger does, says where it is, and ends the process.
 */

import { Worker } from 'node:worker_threads';

/** The scenario file is at fault. */
export const mistakeExitCode = 2;
/** When nothing has happened for so long, a run is stuck. */
export const stuckSecondsDefault = 120;

/** What the other thread is given. */
export interface Watched {
  /** Whether a run goes on, and a number that changes as it does. */
  readonly beats: Int32Array;
  readonly file: string;
  readonly stuckSeconds: number;
  readonly json: boolean;
  /** Whether the process is of no use without the one that started it. */
  readonly endsWithParent: boolean;
}

/** Watches the runs of this process. */
export class Watchdog {
  readonly #beats = new Int32Array(new SharedArrayBuffer(8));
  readonly #watched: Omit<Watched, 'beats'>;
  #thread: Worker | undefined;

  constructor(watched: Omit<Watched, 'beats'>) {
    this.#watched = watched;
  }

  /** Calls `work`, which is to call `beat` as it goes on. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#thread ??= this.#started();
    this.beat();
    Atomics.store(this.#beats, 0, 1);
    try {
      return await work();
    } finally {
      Atomics.store(this.#beats, 0, 0);
    }
  }

  beat(): void {
    Atomics.add(this.#beats, 1, 1);
  }

  #started(): Worker {
    const own = import.meta.url.endsWith('.ts') ? 'watchdog-thread.ts' : 'sim-watchdog.js';
    const workerData: Watched = { ...this.#watched, beats: this.#beats };
    const thread = new Worker(new URL(own, import.meta.url), { workerData, execArgv: [] });
    thread.unref();
    return thread;
  }
}
