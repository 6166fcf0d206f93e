/**
 * One seed, one run, one report. The whole run is a single synchronous call: promises of clients
 * and of the story are run by `drain` after each event, so nothing outside the world has a say.
 * It must be called from a macrotask (see `drain`).
 */

import { AssertionError } from '../src/assert.ts';
import type { Parts } from '../src/server/parts.ts';
import { SECOND } from '../src/time.ts';
import type { Checker } from './checkers/checker.ts';
import { Cluster } from './cluster.ts';
import { Endless } from './endless.ts';
import type { Incident } from './incident.ts';
import type { OverlayFrame } from './measure/frames.ts';
import { type GoalOutcome, judged, type Measure } from './measure/measures.ts';
import type { Mishap } from './measure/mishaps.ts';
import { Sampler } from './measure/sampler.ts';
import type { Series } from './measure/series.ts';
import type { Table } from './measure/table.ts';
import type { Violation } from './node.ts';
import { type Parameters, settled } from './parameters.ts';
import { given, type Scenario, ScenarioError } from './scenario.ts';
import type { TraceSink } from './trace.ts';
import { World } from './world.ts';

/** How a scenario is run once. */
export interface RunOptions {
  readonly seed: string;
  /** Runs all promise callbacks that are due, and returns when none is left. */
  readonly drain: () => void;
  /** State machines to use instead of the real ones: planted bugs. */
  readonly parts?: Parts;
  /** Told now and then how far the run has come. */
  readonly onProgress?: (progress: Progress) => void;
  /** Parameters of the scenario that are to differ from their defaults. */
  readonly set?: Parameters;
  /** Decides what the network and the disks draw; the seed when left out. */
  readonly noise?: string;
  /** Played from the beginning of the world, instead of what the story plays. */
  readonly schedule?: readonly Incident[];
  /** Gets every event and note. */
  readonly sink?: TraceSink;
  /** Samples the cluster so often, for plots; never when left out. */
  readonly sampleEveryUs?: number;
}

/** How far a run has come. */
export interface Progress {
  readonly virtualUs: number;
  readonly lengthUs: number | undefined;
  readonly events: number;
  readonly servers: number;
}

/** What came of a run. */
export interface Report {
  readonly claim: string;
  readonly seed: string;
  readonly parameters: Parameters;
  /** Whether every guarantee held. Goals do not count. */
  readonly ok: boolean;
  /** Equal for two runs of the same code, scenario and seed. */
  readonly hash: string;
  readonly events: number;
  readonly virtualSeconds: number;
  /** Servers started, restarts included. */
  readonly serversStarted: number;
  readonly checks: readonly { readonly guarantee: string; readonly observed: number }[];
  /** What the run measured, in the order in which it began to. */
  readonly measures: readonly Measure[];
  readonly goals: readonly GoalOutcome[];
  /** What the scenario compared. */
  readonly tables: readonly Table[];
  readonly violations: readonly Violation[];
  /** The last events before a violation, one line each. */
  readonly tail: readonly string[];
}

const SETTLE_US = 15 * SECOND;
const PROGRESS_EVERY = 32_768;
const TAIL_LINES = 40;

/** Throws ScenarioError; a broken guarantee is in the report. */
export function runScenario(scenario: Scenario, options: RunOptions): Report {
  return play(scenario, options).report;
}

/** A run that is over: what came of it, and what it left. */
export interface Played {
  readonly report: Report;
  readonly world: World;
  /** What the story played, in the order in which it did. */
  readonly incidents: readonly Incident[];
  /** What was sampled over time. */
  readonly series: readonly Series[];
  /** Pictures of the overlay, when it was sampled. */
  readonly frames: readonly OverlayFrame[];
  /** What went wrong, when it was sampled. */
  readonly mishaps: readonly Mishap[];
}

/** As `runScenario`, and gives the world as the run left it, to look into. */
export function play(scenario: Scenario, options: RunOptions): Played {
  const run = begin(scenario, options);
  const { world, cluster, sampler } = run;
  let outcome: { error: unknown } | 'done' | undefined;
  tell(run).then(
    () => {
      outcome = 'done';
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  options.drain();
  const { lengthUs } = progressOf(run);
  const endless = new Endless(cluster, lengthUs);
  while (outcome === undefined && cluster.violations.length === 0) {
    if (!next(world, cluster))
      throw new ScenarioError('the scenario waits, and nothing can happen any more');
    if (sampler !== undefined && world.now >= sampler.dueAt) sampler.look();
    if (world.executed % PROGRESS_EVERY !== 0) continue;
    options.onProgress?.(progressOf(run));
    endless.look();
  }
  if (typeof outcome === 'object' && cluster.violations.length === 0) throw outcome.error;
  const report = reportOf(run);
  const { player, series } = cluster;
  sampler?.end();
  const frames = sampler?.frames.list() ?? [];
  const mishaps = sampler?.mishaps.list() ?? [];
  return { report, world, incidents: player.played, series: series.list(), frames, mishaps };
}

/** Lets the next event happen. A bug that shows itself by an assertion is a find, like any other. */
function next(world: World, cluster: Cluster): boolean {
  try {
    return world.step();
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    cluster.violate('assertion', error.message);
    return true;
  }
}

/** One run: the scenario with its parameters settled, and what it runs in. */
interface Run {
  readonly scenario: Scenario;
  readonly parameters: Parameters;
  readonly world: World;
  readonly cluster: Cluster;
  readonly sampler: Sampler | undefined;
}

function begin(scenario: Scenario, options: RunOptions): Run {
  const parameters = settled(scenario.parameters ?? {}, options.set);
  const { topology, profile, bounds, journalEntries, keepsJournal, replay } = scenario;
  const { noise = replay?.noise, schedule = replay?.schedule } = options;
  const world = new World({
    seed: replay?.seed ?? options.seed,
    drain: options.drain,
    ...(noise === undefined ? {} : { noise }),
    ...(options.sink === undefined ? {} : { sink: options.sink }),
    ...(topology === undefined ? {} : { topology: given(topology, parameters) }),
  });
  const cluster = new Cluster(world, {
    ...(options.parts === undefined ? {} : { parts: options.parts }),
    ...(profile === undefined ? {} : { profile }),
    ...(journalEntries === undefined ? {} : { journalEntries }),
    ...(keepsJournal === undefined ? {} : { keepsJournal }),
    ...(bounds === undefined ? {} : { bounds }),
  });
  for (const make of given(scenario.checks, parameters)) cluster.check(checkerOf(make(cluster)));
  if (schedule !== undefined) cluster.player.playInstead(schedule);
  const { sampleEveryUs } = options;
  const sampler = sampleEveryUs === undefined ? undefined : new Sampler(cluster, sampleEveryUs);
  return { scenario, parameters, world, cluster, sampler };
}

/** Whether a factory has made a checker: its call is easily forgotten. */
function checkerOf(made: Checker): Checker {
  if (typeof made?.guarantee === 'string' && typeof made.atEnd === 'function') return made;
  const what = 'a checker has a guarantee and atEnd()';
  throw new ScenarioError(
    `its checks make no checkers: ${what}, and "order()" makes one, not "order"`,
  );
}

/** The story, then a whole network, then what must be true. */
async function tell({ scenario, parameters, cluster }: Run): Promise<void> {
  await scenario.run(cluster, parameters);
  cluster.heal();
  const settledAt = cluster.now + given(scenario.settleUs ?? SETTLE_US, parameters);
  const { wholeAt, bounds } = cluster.truth;
  const agreedAt = wholeAt === 0 ? 0 : wholeAt + bounds.convergence;
  await cluster.sleep(Math.max(settledAt, agreedAt) - cluster.now);
  const { checkers } = cluster;
  for (const checker of checkers) checker.atEnd();
  if (cluster.violations.length > 0) return;
  for (const { guarantee, observed } of checkers) {
    if (observed === 0)
      cluster.violate(guarantee, 'there was nothing to check: the run is vacuous');
  }
  if (checkers.length === 0) cluster.violate('none', 'the scenario checks nothing');
}

function progressOf({ scenario, parameters, cluster }: Run): Progress {
  return {
    virtualUs: cluster.now,
    lengthUs: scenario.lengthUs === undefined ? undefined : given(scenario.lengthUs, parameters),
    events: cluster.world.executed,
    servers: cluster.present.length,
  };
}

function reportOf({ scenario, parameters, world, cluster }: Run): Report {
  const { violations, checkers } = cluster;
  const measures = cluster.measures.summaries();
  return {
    claim: scenario.claim,
    seed: world.seed,
    parameters,
    ok: violations.length === 0,
    hash: world.trace.hash(),
    events: world.executed,
    virtualSeconds: world.now / SECOND,
    serversStarted: cluster.started,
    checks: checkers.map(({ guarantee, observed }) => ({ guarantee, observed })),
    measures,
    goals: judged(given(scenario.goals ?? [], parameters), measures),
    tables: cluster.measures.tables,
    violations,
    tail: violations.length === 0 ? [] : world.trace.render(TAIL_LINES),
  };
}
