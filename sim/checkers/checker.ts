import type { Cluster } from '../cluster.ts';

/**
 * Watches one guarantee while a run goes on, and calls `cluster.violate` when it does not hold. A
 * checker that had nothing to look at proves nothing: a run with one fails.
 */
export interface Checker {
  /** Such as 'G1 completeness'. */
  readonly guarantee: string;
  /** How many times it looked at something that could have been wrong. */
  readonly observed: number;
  /** Called once the network is whole and everything has settled. */
  atEnd(): void;
}

/** Makes a checker that watches a cluster from its first event on. */
export type CheckerFactory = (cluster: Cluster) => Checker;
