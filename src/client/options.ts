/** What every operation that can wait accepts. */
export interface Waiting {
  /** Gives up when aborted. The operation then either had no effect, or its result is given. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after so many milliseconds, with TIMEOUT. Default: waits for ever. */
  readonly timeoutMs?: number | undefined;
}
