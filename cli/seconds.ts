/** Times on the command line. */

import { CircuitError } from '../src/index.ts';

export interface SecondsOptions {
  /** What the number is called, in an error. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

/** A number of seconds within bounds. Throws BAD_ARGUMENT. */
export function secondsOf(text: string, { name, min, max }: SecondsOptions): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= min && seconds <= max) return seconds;
  throw new CircuitError(
    'BAD_ARGUMENT',
    `${name} ${text.slice(0, 100) || '""'} is not a time: give seconds from ${min} to ${max}`,
  );
}
