/** What a run leaves to be looked into: its trace in a file, and what led to what broke. */

import { closeSync, mkdirSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CircuitError } from '../../src/index.ts';
import type { Request, Run } from './request.ts';
import { openTrace } from './trace/reading.ts';
import type { Recording } from './trace/recording.ts';
import { whatLed } from './trace/slice.ts';

/** Below the working directory. */
const FOLDER = 'circuit-traces';

/** What there is to look into. */
export interface Found {
  /** The file with the trace. */
  readonly trace: string;
  /** What led to the violation, a line each; none when there is none. */
  readonly led: readonly string[];
}

/** Writes the trace of a run that is over, and looks into it. Throws BAD_ARGUMENT. */
export async function traced(
  recording: Recording,
  file: string,
  { request, run }: { readonly request: Request; readonly run: Run },
): Promise<Found> {
  recording.write(file, request, run);
  const { header, records } = await openTrace(file);
  return { trace: file, led: await whatLed(header, records) };
}

/** As `traced`, for a broken run: below the working directory, or else among temporary files. */
export async function tracedBroken(
  recording: Recording,
  ran: { readonly request: Request; readonly run: Run },
): Promise<Found> {
  const name = `${nameOf(ran.request.file, ran.run.report.seed)}.trace.gz`;
  try {
    return await traced(recording, join(FOLDER, name), ran);
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    return await traced(recording, join(tmpdir(), FOLDER, name), ran);
  }
}

/** Whether a trace can be written there, before anybody has waited for one. Throws BAD_ARGUMENT. */
export function assertWritable(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, 'a'));
  } catch (error) {
    const why = (error as Error).message;
    throw new CircuitError('BAD_ARGUMENT', `cannot write the trace to ${file}: ${why}`);
  }
}

/** The name of a scenario and its seed, as a part of the name of a file. */
export function nameOf(file: string, seed: string): string {
  const name = basename(file).replace(/\.[^.]+$/, '');
  return `${name}-${seed.replace(/[^\w.-]+/g, '-').slice(0, 60)}`;
}
