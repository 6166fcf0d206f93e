/** `circuit sim --shrink`: drives the search for a smaller failing run, until its time is over. */

import type { Candidate, Failure, Incident, Parameters } from '../../../sim/index.ts';
import { CircuitError } from '../../../src/index.ts';
import { simulator } from '../door.ts';
import type { Request, Run } from '../request.ts';
import { runOnce } from '../single.ts';
import { StatusLine } from '../status-line.ts';

/** The simulation replaces the clock while it runs. */
const clock = performance.now.bind(performance);

/** What a search came to. */
export interface Shrunk {
  readonly seed: string;
  readonly noise: string;
  /** All parameters. */
  readonly set: Parameters;
  readonly schedule: readonly Incident[];
  readonly faultsBefore: number;
  /** The guarantee. */
  readonly breaks: string;
  readonly at: number;
  readonly runs: number;
  readonly seconds: number;
  /** Whether nothing more can be left out; false when the time was over before. */
  readonly complete: boolean;
}

/** The smallest run that breaks like that one. Throws BAD_ARGUMENT when it does not break again. */
export async function shrink(
  request: Request,
  run: Run,
  { seconds, quiet }: { readonly seconds: number; readonly quiet: boolean },
): Promise<Shrunk> {
  const { Shrinker, failureOf } = await simulator();
  const failure = failureOf(run.report);
  if (failure === undefined) throw new CircuitError('BAD_ARGUMENT', 'there is nothing to shrink');
  const { seed } = run.report;
  const noise = run.history.noise ?? request.scenario.replay?.noise ?? seed;
  const shrinker = new Shrinker(
    { schedule: run.incidents, noise, set: run.report.parameters },
    failure,
  );
  const attempt = async ({ schedule, noise, set }: Candidate): Promise<Failure | undefined> => {
    try {
      return failureOf((await runOnce({ ...request, set }, { seed, noise, schedule })).report);
    } catch (error) {
      // A candidate may make no sense, such as a story in which a server is missing.
      if (error instanceof CircuitError) return undefined;
      throw error;
    }
  };
  const began = clock();
  const line = new StatusLine({ quiet });
  const before = run.incidents.length;
  const trials = shrinker.trials();
  let runs = 0;
  let step = trials.next();
  while (step.done !== true && (runs === 0 || clock() - began < seconds * 1000)) {
    step = trials.next(await attempt(step.value));
    runs++;
    line.show(() => {
      const left = Math.max(0, seconds - line.seconds).toFixed(0);
      const faults = shrinker.best.schedule.length;
      return `shrinking: ${faults} of ${before} faults left, ${runs} runs, at most ${left} s more`;
    });
  }
  line.end();
  if (shrinker.repeats !== true) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `${failure.signature} does not break again when the same faults are played from the ` +
        'beginning: what the story does must not depend on when it calls cluster.play',
    );
  }
  return {
    ...{ seed, ...shrinker.best, faultsBefore: run.incidents.length, runs },
    ...{ breaks: shrinker.failure.signature, at: shrinker.failure.at },
    ...{ seconds: (clock() - began) / 1000, complete: step.done === true },
  };
}
