/** A process that runs seeds of one scenario as it is told, one after another; see pool.ts. */

import { CircuitError } from '../../src/index.ts';
import { outcomeOf } from './outcome.ts';
import type { FromWorker, Load, ToWorker } from './pool.ts';
import { holds, type Request, replayLine } from './request.ts';
import { loadScenario } from './scenario-file.ts';
import { runOnce } from './single.ts';
import { Watchdog } from './watchdog.ts';

interface Loaded {
  readonly request: Request;
  readonly twice: boolean;
  readonly noise: string | undefined;
}

/** What to run; it takes a moment to load. */
let loading: Promise<Loaded> | undefined;

process.on('message', (message: ToWorker) => {
  if (message.type === 'load') loading = load(message);
  else if (loading !== undefined) void take(loading, message.seed);
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches every process of a terminal; who started us decides.
process.on('SIGINT', () => {});

async function load(message: Load): Promise<Loaded> {
  const { stuckSeconds, twice, noise, typed, file, set, goals } = message;
  const scenario = await loadScenario(file);
  const watchdog = new Watchdog({ file, stuckSeconds, json: false, endsWithParent: true });
  return { request: { typed, file, set, goals, scenario, watchdog }, twice, noise };
}

async function take(loaded: NonNullable<typeof loading>, seed: string): Promise<void> {
  let whole = true;
  try {
    const what = await loaded;
    whole = false;
    tell(await run(what, seed));
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    tell({ type: 'mistaken', message: error.message, whole });
  }
}

async function run({ request, twice, noise }: Loaded, seed: string): Promise<FromWorker> {
  const history = { seed, ...(noise === undefined ? {} : { noise }) };
  const run = await runOnce(request, history);
  const outcome = outcomeOf(run, holds(request, run.report), replayLine(request, history));
  const again = twice ? await runOnce(request, history) : run;
  const { claim, parameters, hash } = run.report;
  const differs = again.report.hash !== hash;
  const failure = differs ? `two runs of it differ: ${hash} and ${again.report.hash}` : undefined;
  const told = failure === undefined ? outcome : { ...outcome, ok: false, differs, failure };
  return { type: 'ran', outcome: told, claim, parameters };
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
