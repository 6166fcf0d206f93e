/** Standard input as one JSON value. */

import { CircuitError, limits } from '../src/index.ts';
import { readAll } from './input.ts';

/** Throws BAD_ARGUMENT with an example of what is to be there, and LIMIT. */
export async function readJson(signal: AbortSignal, example: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readAll(limits.bodyBytesMax, signal));
  if (text.trim() === '') {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `standard input is empty: write JSON there, for example ${example}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw new CircuitError(
      'BAD_ARGUMENT',
      `standard input is not JSON (${reason}); write there, for example ${example}`,
    );
  }
}
