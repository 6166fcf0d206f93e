/** One run of a scenario in this process. */

import type { Progress, TraceSink } from '../../sim/index.ts';
import { guarded } from '../guard.ts';
import { inMacrotask, runPromises } from '../macrotask.ts';
import { report as tell } from '../report.ts';
import { keepHeapTight } from './heap.ts';
import type { History, Request, Run } from './request.ts';
import { mistake } from './scenario-file.ts';

/** What a run does besides running; nothing when left out. */
export interface Watching {
  /** Gets every event and note: a full trace. */
  readonly sink?: TraceSink;
  /** Samples the cluster so often, for the plots of a report. */
  readonly sampleEveryUs?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/** The simulation replaces the clock while it runs. */
const clock = performance.now.bind(performance);

/** Runs it once. Throws BAD_ARGUMENT with file and line for a mistake of the scenario. */
export async function runOnce(
  { file, scenario, set, watchdog }: Request,
  history: History,
  watching: Watching = {},
): Promise<Run> {
  keepHeapTight();
  // The scenario must meet the very classes that run it: both come through the same door.
  const { play } = (await import('circuit/sim')) as typeof import('../../sim/index.ts');
  const onProgress = (progress: Progress) => {
    watchdog.beat();
    watching.onProgress?.(progress);
  };
  const options = { ...history, ...watching, onProgress, set, drain: runPromises };
  const began = clock();
  // A promise that nobody awaits, of the story.
  const thrown = (error: unknown) => {
    const what = mistake(file, error);
    if (what !== error) process.exit(tell(what, { json: process.argv.includes('--json') }));
  };
  process.prependListener('uncaughtException', thrown);
  try {
    const { report, world, ...rest } = await watchdog.during(() =>
      inMacrotask(() => guarded(() => play(scenario, options))),
    );
    const seconds = (clock() - began) / 1000;
    return { history, report, seconds, trace: world.trace, ...rest };
  } catch (error) {
    throw mistake(file, error);
  } finally {
    process.off('uncaughtException', thrown);
  }
}
