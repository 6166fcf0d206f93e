/** A scenario: one claim, the world it is made in, a story, and who checks it. */

import type { CheckerFactory } from './checkers/checker.ts';
import type { Cluster } from './cluster.ts';
import type { Topology } from './topology.ts';

export interface Scenario {
  /** What is true if the run succeeds, as a sentence. */
  readonly claim: string;
  /** A local network when left out. */
  readonly topology?: Topology;
  /** About how long the story takes in virtual microseconds; for the progress line. */
  readonly lengthUs?: number;
  /** How long everything has to settle after the story, in us. Default: 15 s. */
  readonly settleUs?: number;
  readonly checks: readonly CheckerFactory[];
  /**
   * The story. Its waits are virtual: `cluster.sleep`, or operations of clients. Checkers that
   * need to be told something, such as ChannelChecker, are added by `cluster.check`.
   */
  run(cluster: Cluster): Promise<void> | void;
}

/** Declares a scenario; the default export of a scenario file. */
export function scenario(definition: Scenario): Scenario {
  return definition;
}
