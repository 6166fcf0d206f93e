/** What stands for a process that could not be started. Asking anything of it is harmless. */

import type { Child, ChildEvents } from '../src/host/spawner.ts';

export class NotStarted implements Child {
  #events: ChildEvents | undefined;

  constructor(events: ChildEvents) {
    this.#events = events;
  }

  /** Tells the reason, once. */
  failed(reason: string): void {
    this.#events?.failed(reason);
    this.#events = undefined;
  }

  write(): boolean {
    return true;
  }

  endStdin(): void {}

  read(): undefined {
    return undefined;
  }

  signal(): boolean {
    return false;
  }

  kill(): void {}

  stopped(): boolean {
    return false;
  }

  release(): void {
    this.#events = undefined;
  }
}
