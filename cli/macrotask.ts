/** What lets a simulation with promises in it be one synchronous call. */

/**
 * Runs every promise callback that is due, and those that they make due, before it returns. It is
 * how Node itself empties its queues between two macrotasks, and works only when called from one.
 */
export function runPromises(): void {
  (process as unknown as { _tickCallback(): void })._tickCallback();
}

/** Resolves with what `work` returns, which runs as a macrotask of its own. */
export function inMacrotask<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}
