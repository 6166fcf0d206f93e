/** What `circuit sim --shrink` tells. */

import { relative } from 'node:path';
import { simulator } from '../door.ts';
import type { Request, Run } from '../request.ts';
import { writeRegression } from './regression.ts';
import { type Shrunk, shrink } from './search.ts';

/** The smallest run, and the scenario that plays it. */
export interface Smaller {
  readonly shrunk: Shrunk;
  readonly regression: string;
}

/** Searches, and writes the scenario. Throws BAD_ARGUMENT. */
export async function shrinkTo(
  request: Request,
  run: Run,
  how: { readonly seconds: number; readonly quiet: boolean },
): Promise<Smaller> {
  const shrunk = await shrink(request, run, how);
  return { shrunk, regression: relative('', writeRegression(request, shrunk)) };
}

/** A few lines for people. */
export async function shrunkText({ shrunk, regression }: Smaller): Promise<string> {
  const { describeIncident } = await simulator();
  const { schedule, faultsBefore, breaks, at, runs, seconds, complete, set } = shrunk;
  const parameters = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  const lines = [
    '',
    `${schedule.length} of ${faultsBefore} faults break ${breaks} as well, at ${(at / 1e6).toFixed(6)} s` +
      (parameters.length === 0 ? ':' : `, with ${parameters.join(', ')}:`),
    ...schedule.map((incident) => `  ${describeIncident(incident)}`),
    `  found with ${runs} runs in ${seconds.toFixed(1)} s; ` +
      (complete
        ? 'nothing more can be left out'
        : 'the time was over: --shrink-seconds allows more'),
    ...(faultsBefore > 0
      ? []
      : [
          '  what the story does by itself stays: give faults to cluster.play, and they can be left out',
        ]),
    `written to ${regression}`,
    `replay: circuit sim ${regression}`,
  ];
  return `${lines.join('\n')}\n`;
}
