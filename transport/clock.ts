/**
 * The clock of the process: `process.hrtime` in whole microseconds, and tasks at given moments.
 *
 * Node's timers round to milliseconds of a cached clock, fire in another order than they were due,
 * may fire early, and overflow after 24.8 days. So the tasks wait in a heap of our own, ordered by
 * moment and then by order of scheduling, and one timer of Node is armed for the first of them.
 * When it fires we look at the time ourselves: what is due runs, and the timer is armed again.
 */

import type { Clock, Timer } from '../src/host/clock.ts';
import { NEVER } from '../src/time.ts';

/** The longest delay that Node's timers know, in milliseconds; a longer one would fire at once. */
const delayMsMax = 2 ** 31 - 1;

interface Task extends Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  /** Where it is in the heap; -1 once it ran or was cancelled. */
  index: number;
}

export class NodeClock implements Clock {
  readonly #heap: Task[] = [];
  #scheduled = 0;
  #disarm: (() => void) | undefined;
  #armedFor = NEVER;
  #closed = false;

  now(): number {
    // Not `performance.now`: to load what it stands in takes a client 2 ms.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
  }

  wall(): number {
    return Date.now();
  }

  schedule(at: number, run: () => void): Timer {
    const cancel = () => this.#cancel(task);
    const task: Task = { at, order: this.#scheduled++, run, index: -1, cancel };
    if (at === NEVER || this.#closed) return task;
    this.#place(task, this.#heap.length);
    this.#rise(task);
    if (at < this.#armedFor) this.#arm();
    return task;
  }

  /** How many tasks wait for their moment. */
  get waiting(): number {
    return this.#heap.length;
  }

  /** No task runs any more. */
  close(): void {
    this.#closed = true;
    for (const task of this.#heap) task.index = -1;
    this.#heap.length = 0;
    this.#arm();
  }

  /** Runs what is due, but not what these tasks schedule: sockets get their turn in between. */
  #fire(): void {
    this.#armedFor = Number.NEGATIVE_INFINITY; // Armed once at the end, not by every task.
    this.#disarm = undefined;
    const now = this.now();
    try {
      for (let left = this.#heap.length; left > 0; left--) {
        const first = this.#heap[0];
        if (first === undefined || first.at > now) break;
        this.#remove(first);
        first.run();
      }
    } finally {
      this.#arm();
    }
  }

  #arm(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedFor = this.#heap[0]?.at ?? NEVER;
    if (this.#armedFor === NEVER) return;
    const delayMs = Math.ceil((this.#armedFor - this.now()) / 1000);
    if (delayMs <= 0) {
      const immediate = setImmediate(() => this.#fire());
      this.#disarm = () => clearImmediate(immediate);
    } else {
      const timeout = setTimeout(() => this.#fire(), Math.min(delayMs, delayMsMax));
      this.#disarm = () => clearTimeout(timeout);
    }
  }

  #cancel(task: Task): void {
    if (task.index < 0) return;
    this.#remove(task);
    // A timer armed too early is harmless, one armed for nothing keeps the process alive.
    if (this.#heap.length === 0) this.#arm();
  }

  #remove(task: Task): void {
    const { index } = task;
    const last = this.#heap.pop() as Task;
    task.index = -1;
    if (last === task) return;
    this.#place(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(task: Task): void {
    while (task.index > 0) {
      const parent = this.#heap[(task.index - 1) >> 1] as Task;
      if (!before(task, parent)) return;
      this.#swap(task, parent);
    }
  }

  #sink(task: Task): void {
    for (;;) {
      const left = this.#heap[2 * task.index + 1];
      const right = this.#heap[2 * task.index + 2];
      const child = left !== undefined && right !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, task)) return;
      this.#swap(child, task);
    }
  }

  #swap(a: Task, b: Task): void {
    const { index } = a;
    this.#place(a, b.index);
    this.#place(b, index);
  }

  #place(task: Task, index: number): void {
    this.#heap[index] = task;
    task.index = index;
  }
}

function before(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
