/** What the clients of a workload with histories have in common. */

import type { Client } from '../../src/client/client.ts';
import { CircuitError, type ErrorCode } from '../../src/errors.ts';
import { MS } from '../../src/time.ts';
import type { Recording } from '../history/histories.ts';
import type { Recorder } from '../history/recorder.ts';
import type { SimRandom } from '../random.ts';
import type { Stage, StageServer } from './stage.ts';

/** A client that is about to do something. */
export interface Acting {
  readonly cluster: Stage;
  readonly checker: Recording;
  readonly client: Client;
  readonly random: SimRandom;
  /** Who it is, and a number that is new. */
  readonly name: string;
  readonly number: number;
  /** Resolves when the client crashes. */
  readonly crashed: Promise<void>;
  /** Of operations that wait. */
  readonly patienceMs: number;
}

/** An element in use. */
export interface Lane {
  readonly name: string;
  readonly path: string;
  readonly node: StageServer;
  /** Nothing more is begun. */
  retired: boolean;
  /** Operations under way. */
  running: number;
}

/** How long an operation may take that does not wait for others. */
export const ANSWER_MS = 5_000;
const ENDED_MS_MAX = 500;

/** Lets others meet an element that is ended, then no more; resolves when all of them are done. */
export async function retire({ cluster, random }: Acting, lane: Lane): Promise<void> {
  await cluster.sleep(random.below(ENDED_MS_MAX) * MS);
  lane.retired = true;
  await cluster.until(() => lane.running === 0);
}

/**
 * Does something and records it. `failures` are the errors that tell of the element; after any other
 * it had no effect, or nobody knows. Gives the result, if there is one.
 */
export async function recorded<Call, Result>(
  recorder: Recorder<Call, Result>,
  { name, crashed }: Pick<Acting, 'name' | 'crashed'>,
  call: Call,
  options: {
    readonly work: () => Promise<Result>;
    readonly failures: Partial<Record<ErrorCode, Result>>;
  },
): Promise<Result | undefined> {
  const pending = recorder.begins(name, call);
  const outcome = await Promise.race([
    options.work().then(
      (result) => ({ result }),
      (error: unknown) => outcomeOf(error, options.failures),
    ),
    crashed.then(() => undefined),
  ]);
  if (outcome === undefined) return undefined;
  if (outcome === 'no effect') {
    recorder.noEffect(pending);
    return undefined;
  }
  recorder.returns(pending, outcome.result);
  return outcome.result;
}

/** Undefined when nobody knows. */
function outcomeOf<Result>(
  error: unknown,
  failures: Partial<Record<ErrorCode, Result>>,
): { readonly result: Result } | 'no effect' | undefined {
  if (!(error instanceof CircuitError)) throw error;
  if (error.outcomeUnknown) return undefined;
  const result = failures[error.code];
  return result === undefined ? 'no effect' : { result };
}
