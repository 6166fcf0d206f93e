/** Skeleton. */
export interface Profile {
  readonly joinTimeoutMs: number;
}
