/** Time that only moves forward. */
export interface Clock {
  /** Integer microseconds since some fixed moment; never decreases. */
  now(): number;

  /** Milliseconds since 1970, for people to read. May jump; nothing is decided by it. */
  wall(): number;

  /**
   * Runs `task` once `now()` has reached `at`, never before and never from within this call. A
   * moment in the past means as soon as possible. Tasks of one moment run in the order scheduled.
   */
  schedule(at: number, task: () => void): Timer;
}

/** A task that waits for its moment. */
export interface Timer {
  /** The task will not run. Harmless when it ran already. */
  cancel(): void;
}
