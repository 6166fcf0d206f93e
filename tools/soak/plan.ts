/** What is soaked: scenarios with their parameters, in turns. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Described } from '../../cli/sim/request.ts';

/** What is run when nothing is named: what a minute has many runs of. */
export const usual: readonly string[] = [
  'scenarios/swarm.ts',
  'scenarios/swarm.ts unrestricted=1 servers=0',
  'scenarios/histories.ts',
  'scenarios/channel-handoff.ts',
  'scenarios/select-race.ts',
  'scenarios/subscriptions.ts',
  'scenarios/journal.ts',
  'scenarios/churn.ts servers=30 minutes=1',
];

/** A file, and parameters as `name=number`, with spaces between. Throws what is wrong with it. */
export function described(text: string, folder: string): Described {
  const [typed = '', ...settings] = text.trim().split(/\s+/);
  const file = resolve(folder, typed);
  if (!existsSync(file)) throw new Error(`there is no scenario "${typed}"`);
  const set: Record<string, number> = {};
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=');
    if (name === '' || value === '' || !Number.isFinite(Number(value))) {
      throw new Error(`"${setting}" is no parameter: write name=number`);
    }
    set[name] = Number(value);
  }
  return { typed, file, set, goals: false };
}

/** A scenario that runs in no time leaves the others theirs. */
const SEEDS_MAX = 10_000;

/** What seeds that died took is not known, so those that ran may seem quicker than they are. */
const TIMES_MORE_MAX = 10;

/** A turn is to take so long; all get several before the time is over. */
export function turnSeconds(seconds: number, scenarios: number): number {
  return Math.min(30, Math.max(1, seconds / scenarios / 4));
}

/** How many seeds a turn takes, by how long those before ran. */
export function seedsOfTurn(
  { runs, seconds }: { readonly runs: number; readonly seconds: number },
  turn: { readonly jobs: number; readonly forSeconds: number },
): number {
  if (runs === 0 || seconds === 0) return turn.jobs;
  const fitting = Math.floor((runs / seconds) * turn.forSeconds * turn.jobs);
  return Math.min(SEEDS_MAX, Math.max(turn.jobs, Math.min(fitting, TIMES_MORE_MAX * runs)));
}
