/** What `circuit sim` is asked for, and what a run of it gives. */

import type { Incident, Parameters, Played, Report, Scenario, Trace } from '../../sim/index.ts';
import type { Watchdog } from './watchdog.ts';

/** A scenario file, with what of its runs is not left to the seed. */
export interface Request {
  /** As it was typed, for lines that people copy. */
  readonly typed: string;
  /** The whole path. */
  readonly file: string;
  readonly scenario: Scenario;
  readonly set: Parameters;
  /** Whether a goal that is not reached is a failure. */
  readonly goals: boolean;
  /** Ends the process when a run of it is stuck. */
  readonly watchdog: Watchdog;
}

/** Which history of it. */
export interface History {
  readonly seed: string;
  /** Decides loss, latency and the like alone; the seed when left out. */
  readonly noise?: string;
  /** Instead of the incidents that the story plays. */
  readonly schedule?: readonly Incident[];
}

/** One run, finished; of its world, which is large, the trace is kept. */
export interface Run extends Omit<Played, 'world'> {
  readonly history: History;
  /** Wall-clock seconds that it took. */
  readonly seconds: number;
  readonly trace: Trace;
}

/** Whether the run is what CI calls a success. */
export function holds({ goals }: Request, { ok, goals: outcomes }: Report): boolean {
  return ok && (!goals || outcomes.every(({ reached }) => reached));
}

/** What a process of its own needs to run it. */
export type Described = Pick<Request, 'typed' | 'file' | 'set' | 'goals'>;

/** The line that repeats a run. */
export function replayLine({ typed, set, goals }: Described, { seed, noise }: History): string {
  const settings = Object.entries(set).map(([name, value]) => ` --set ${name}=${value}`);
  const noisy = noise === undefined ? '' : ` --noise ${quoted(noise)}`;
  const strict = goals ? ' --goals' : '';
  return `circuit sim ${quoted(typed)} --seed ${quoted(seed)}${noisy}${settings.join('')}${strict}`;
}

function quoted(text: string): string {
  return /^[\w./=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
