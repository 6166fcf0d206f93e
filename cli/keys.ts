/** The keys that a command is given, and how a server comes to others. */

import { CircuitError } from '../src/index.ts';
import { type KeyRing, readKeys } from '../transport/index.ts';

/**
 * The file with the keys that the option names, or else CIRCUIT_HMAC; undefined when that is empty,
 * or there is none. An option that names nothing is an error: without keys we would talk in plain
 * text where protection was asked for. Throws BAD_ARGUMENT.
 */
export function keyFileOf(option: string | undefined): string | undefined {
  if (option === '') {
    throw new CircuitError('BAD_ARGUMENT', '-hmac names no file; without it, nothing is protected');
  }
  const file = option ?? process.env['CIRCUIT_HMAC'] ?? '';
  return file === '' ? undefined : file;
}

/** What the file holds; no file, no keys. Rejects with BAD_ARGUMENT when there is something wrong. */
export async function keysIn(file: string | undefined): Promise<{ readonly keys?: KeyRing }> {
  return file === undefined ? {} : { keys: await readKeys(file) };
}
