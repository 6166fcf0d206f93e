/** What a soak is told. */

export interface SoakOptions {
  readonly minutes: number;
  readonly servers: number;
  readonly clients: number;
  readonly seed: string;
  /** How long after everything is well again the next disturbance comes, on average. */
  readonly disturbEverySeconds: number;
  /** The longest that a history goes on, and so what the driver remembers. */
  readonly segmentSeconds: number;
  /** Fill the journals before the measuring begins, so that it is not their growth that is seen. */
  readonly fillsJournals: boolean;
  readonly sampleSeconds: number;
  /** Where histories that are broken, and logs, are written. */
  readonly folder: string;
  /** What runs a server: a program and what comes before `start`. */
  readonly program: readonly string[];
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Servers that are never killed: what they take is what tells of leaks. */
export const STEADY = 3;

/** At most so many are down or stand still at a time: never the majority. */
export function minorityOf(servers: number): number {
  return Math.floor((servers - 1) / 2);
}
