/**
 * One direction of a session in a toy network: what is sent arrives, once and in the order sent, or
 * waits. As TCP does, it is sent again after growing pauses while nothing gets through, so that
 * what was said during a cut arrives some time after it.
 */

import { MS } from '../../src/time.ts';

/** From the first to the second attempt; each pause is twice the last. */
const PAUSE_US = 200 * MS;
const PAUSE_US_MAX = 60_000 * MS;

export interface Path {
  /** One way, in us. */
  readonly latency: number;
  /** Whether what is sent now gets through. */
  passes(): boolean;
  after(us: number, run: () => void): void;
}

export class Pipeline {
  readonly #path: Path;
  #waiting: (() => void)[] = [];
  #pause = PAUSE_US;

  constructor(path: Path) {
    this.#path = path;
  }

  push(arrive: () => void): void {
    this.#waiting.push(arrive);
    if (this.#waiting.length === 1) this.#attempt();
  }

  #attempt(): void {
    if (!this.#path.passes()) {
      this.#path.after(this.#pause, () => this.#attempt());
      this.#pause = Math.min(2 * this.#pause, PAUSE_US_MAX);
      return;
    }
    const arrivals = this.#waiting;
    this.#waiting = [];
    this.#pause = PAUSE_US;
    this.#path.after(this.#path.latency, () => {
      for (const arrive of arrivals) arrive();
    });
  }
}
