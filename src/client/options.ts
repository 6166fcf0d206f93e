/**
 * What every operation that can wait accepts. Besides what it names itself, each throws the usual:
 * NO_SUCH_SERVER, NO_SUCH_ANCHOR and WRONG_KIND when the element is not there; ABORTED when it is
 * scrubbed meanwhile; SERVER_GONE when its server goes, or that which was dialled; TIMEOUT and
 * CANCELLED as asked for here.
 */
export interface Waiting {
  /** Gives up when aborted. The operation then either had no effect, or its result is given. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after so many milliseconds, with TIMEOUT. Default: waits for ever. */
  readonly timeoutMs?: number | undefined;
}
