/**
 * The clock of a host. It is the world's time unless `skew` is used: then it runs faster or slower,
 * or is some time ahead, but it never goes back. Timers wait on this clock, so on a slow clock they
 * come late, as on a real host.
 */

import { assert } from '../src/assert.ts';
import type { Clock, Timer } from '../src/host/index.ts';
import type { SimHost } from './host.ts';
import { type Task, TIMER } from './kind.ts';
import type { Scheduler } from './scheduler.ts';

/** What the wall clock shows when the world begins: 2025-01-01 in UTC. */
const WALL_START_MS = 1_735_689_600_000;

/** The clock of one host, which may run fast, slow or ahead of the world. */
export class SimClock implements Clock {
  /** Added to the wall clock, which may jump. */
  wallOffsetMs = 0;
  /** How many tasks wait for their moment. */
  waiting = 0;

  readonly #host: SimHost;
  readonly #scheduler: Scheduler;
  #rate = 1;
  #worldBase = 0;
  #localBase = 0;

  constructor(host: SimHost) {
    this.#host = host;
    this.#scheduler = host.machine.network.scheduler;
  }

  now(): number {
    const elapsed = this.#scheduler.now - this.#worldBase;
    if (this.#rate === 1) return this.#localBase + elapsed;
    return this.#localBase + Math.floor(elapsed * this.#rate);
  }

  wall(): number {
    return WALL_START_MS + this.wallOffsetMs + Math.floor(this.now() / 1_000);
  }

  schedule(at: number, task: () => void): Timer {
    assert(!Number.isNaN(at), 'a timer needs a time');
    const timer = new SimTimer(this, at, task);
    this.waiting++;
    this.arm(timer);
    return timer;
  }

  /** Moves the clock ahead by `jumpUs` and lets it run at `rate` from now on. */
  skew({ jumpUs = 0, rate = this.#rate }: { jumpUs?: number; rate?: number }): void {
    assert(jumpUs >= 0 && rate > 0, 'a clock never goes back');
    this.#localBase = this.now() + jumpUs;
    this.#worldBase = this.#scheduler.now;
    this.#rate = rate;
  }

  /** Puts a timer where it belongs on the clock of the world; used by timers alone. */
  arm(timer: SimTimer): void {
    if (timer.at === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, timer.at - this.now());
    const worldWait = this.#rate === 1 ? wait : wait / this.#rate;
    timer.event = this.#host.post(this.#scheduler.now + Math.ceil(worldWait), TIMER, timer);
  }

  /** Takes a timer back; used by timers alone. */
  cancel(event: number): void {
    this.#scheduler.cancel(event);
  }
}

class SimTimer implements Timer, Task {
  readonly at: number;
  event = -1;
  readonly #clock: SimClock;
  #task: (() => void) | undefined;

  constructor(clock: SimClock, at: number, task: () => void) {
    this.#clock = clock;
    this.at = at;
    this.#task = task;
  }

  run(): void {
    const task = this.#task;
    if (task === undefined) return;
    // The clock became slower since the timer was set.
    if (this.#clock.now() < this.at) {
      this.#clock.arm(this);
      return;
    }
    this.#task = undefined;
    this.#clock.waiting--;
    task();
  }

  /** Takes a timer back; used by timers alone. */
  cancel(): void {
    if (this.#task === undefined) return;
    this.#task = undefined;
    this.#clock.waiting--;
    if (this.event >= 0) this.#clock.cancel(this.event);
  }
}
