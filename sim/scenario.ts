/** A scenario: one claim, the world it is made in, a story, and who checks it. */

import type { Profile } from '../src/membership/profile.ts';
import type { Bounds } from './bounds.ts';
import type { CheckerFactory } from './checkers/checker.ts';
import type { Cluster } from './cluster.ts';
import type { Incident } from './incident.ts';
import type { Goal } from './measure/measures.ts';
import type { Parameters } from './parameters.ts';
import type { Topology } from './topology.ts';

/** A mistake of the scenario itself: it threw, or waits for something that cannot happen. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Either the thing itself, or how it follows from the parameters. */
export type Of<P, T> = T | ((parameters: P) => T);

/** What a scenario consists of; the argument of `scenario`. */
export interface Definition<P extends Parameters> {
  /** What is true if the run succeeds, as a sentence. */
  readonly claim: string;
  /** Numbers that `circuit sim --set name=value` changes, with their defaults. */
  readonly parameters?: P;
  /** A local network when left out. */
  readonly topology?: Of<P, Topology>;
  /** That of the servers; the LAN profile when left out. */
  readonly profile?: Profile;
  /** Entries that the journal of a server keeps. Default: 256, as there may be many servers. */
  readonly journalEntries?: number;
  /** Whether servers keep their journal on the disk of their host as well. Default: false. */
  readonly keepsJournal?: boolean;
  /** How soon things must be known; those of the LAN profile when left out. */
  readonly bounds?: Bounds;
  /** About how long the story takes in virtual microseconds; for the progress line. */
  readonly lengthUs?: Of<P, number>;
  /**
   * How long everything has to settle after the story, in us; longer when cuts ended not long
   * before. Default: 15 s.
   */
  readonly settleUs?: Of<P, number>;
  readonly checks: Of<P, readonly CheckerFactory[]>;
  /** What the measures should come to. Reported; a run holds without, unless asked otherwise. */
  readonly goals?: Of<P, readonly Goal[]>;
  /**
   * The story. Its waits are virtual: `cluster.sleep`, or operations of clients. Checkers that
   * need to be told something, such as ChannelChecker, are added by `cluster.check`.
   */
  run(cluster: Cluster, parameters: P): Promise<void> | void;
  /** What happened once, and is to happen again; `replayed` makes such a scenario. */
  readonly replay?: Replay;
}

/** What decides a run: played again, it goes as it did, whatever seed it is given. */
export interface Replay {
  readonly seed: string;
  readonly noise: string;
  readonly schedule: readonly Incident[];
}

/** A scenario whatever its parameters are called. */
export type Scenario = Definition<Parameters>;

/** Declares a scenario; the default export of a scenario file. */
export function scenario<P extends Parameters>(definition: Definition<P>): Scenario {
  // The runner hands `run` and the functions no other parameters than these.
  return definition as unknown as Scenario;
}

/** What `value` is with these parameters. */
export function given<P, T>(value: Of<P, T>, parameters: P): T {
  return typeof value === 'function' ? (value as (parameters: P) => T)(parameters) : value;
}
