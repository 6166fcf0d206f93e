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
  readonly sampleSeconds: number;
  /** How long servers may take, once all is over, until they hold no more than before. */
  readonly quietSeconds: number;
  /** Whether servers are at work before they are measured, until they have compiled what they will. */
  readonly warmsUp: boolean;
  /** Where histories that are broken, and logs, are written. */
  readonly folder: string;
  /** What runs a server: a program and what comes before `start`. */
  readonly program: readonly string[];
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Servers that are never killed, the first of all: what they take is what tells of leaks. */
export function steadyOf(servers: number): number {
  return Math.min(3, Math.ceil(servers / 2));
}

/** From 0; which of the servers that host is of. */
export function numberOf(host: string): number {
  return Number(host.slice(1)) - 1;
}

/** At most so many are down or stand still at a time: never the majority. */
export function minorityOf(servers: number): number {
  return Math.floor((servers - 1) / 2);
}
