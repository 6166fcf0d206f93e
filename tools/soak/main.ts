/**
 * `npm run soak`: runs scenarios over fresh seeds for as long as told, each in turn, and goes on when
 * one fails.
 *
 *     --minutes 10        how long
 *     --jobs 2            how many processes; one a core when left out
 *     --scenario 'FILE name=number ...'   instead of the usual ones; may be repeated
 *     --seed TEXT         the seeds are TEXT-0, TEXT-1, ...; the time of day when left out
 *     --failures FILE     where failing seeds are appended, a line of JSON each
 *
 * Exit codes: 0 every guarantee held; 1 one was broken, or nothing was run; 2 usage.
 */

import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Outcome } from '../../cli/sim/outcome.ts';
import { runSeeds } from '../../cli/sim/pool.ts';
import type { Described } from '../../cli/sim/request.ts';
import { stuckSecondsDefault } from '../../cli/sim/watchdog.ts';
import { described, seedsOfTurn, turnSeconds, usual } from './plan.ts';
import { Tally } from './tally.ts';

const options = {
  minutes: { type: 'string', default: '10' },
  jobs: { type: 'string', default: String(availableParallelism()) },
  scenario: { type: 'string', multiple: true },
  seed: { type: 'string', default: new Date().toISOString().replace(/[-:]|\..*/g, '') },
  failures: { type: 'string', default: 'soak-failures.jsonl' },
} as const;
const values = typed();
const seconds = 60 * Number(values.minutes);
const jobs = Number(values.jobs);
if (!(seconds > 0)) usage('--minutes is a number above 0');
if (!Number.isInteger(jobs) || jobs < 1) usage('--jobs is a number from 1 on');
const plan = (values.scenario ?? usual).map((text) => {
  try {
    return described(text, process.cwd());
  } catch (error) {
    return usage((error as Error).message);
  }
});

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
const timer = setTimeout(() => stop.abort(), seconds * 1000);
const tally = new Tally(plan, seconds);
process.stdout.write(`soak: seeds ${values.seed}-0 and on, failures to ${values.failures}\n`);
for (let turn = 0; !stop.signal.aborted; turn++) await take(plan[turn % plan.length] as Described);
clearTimeout(timer);
process.stdout.write(tally.summary());
process.exit(tally.failed > 0 || tally.runs === 0 ? 1 : 0);

/** A mistake in what was typed is one of usage. */
function typed() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    return usage(`${(error as Error).message}; there are ${known.join(', ')}`);
  }
}

/** Gives one scenario its turn. */
async function take(scenario: Described): Promise<void> {
  const done = tally.of(scenario);
  const count = seedsOfTurn(done, { jobs, forSeconds: turnSeconds(seconds, plan.length) });
  const seeds = Array.from({ length: count }, () => `${values.seed}-${tally.nextSeed()}`);
  try {
    await runSeeds(scenario, {
      ...{ seeds, jobs, signal: stop.signal, twice: false, stuckSeconds: stuckSecondsDefault },
      ended: (outcome) => ended(scenario, outcome),
    });
  } catch (error) {
    usage((error as Error).message);
  }
}

function ended(scenario: Described, outcome: Outcome): void {
  tally.ended(scenario, outcome);
  if (outcome.ok) return;
  const { seed, replay, failure, violations } = outcome;
  const [first] = violations;
  const { typed, set } = scenario;
  const what = { guarantee: first?.guarantee, at: first?.at, message: failure ?? first?.message };
  const line = JSON.stringify({ scenario: typed, set, seed, ...what, replay });
  appendFileSync(values.failures, `${line}\n`);
  tally.say(`${first?.guarantee ?? failure}: ${first?.message ?? ''}\n  replay: ${replay}`);
}

function usage(message: string): never {
  process.stderr.write(`soak: ${message}\n`);
  process.exit(2);
}
