/** Times on the command line. */

import { CircuitError } from '../src/index.ts';

/** A number of seconds within bounds. Throws BAD_ARGUMENT. */
export function secondsOf(text: string, { min, max }: { min: number; max: number }): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= min && seconds <= max) return seconds;
  throw new CircuitError(
    'BAD_ARGUMENT',
    `"${text.slice(0, 100)}" is not a time: give seconds from ${min} to ${max}, for example 10`,
  );
}
