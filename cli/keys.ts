/** The keys that a command is given, and how a server comes to others. */

import { CircuitError } from '../src/index.ts';
import { type KeyRing, type NodeHost, readKeys } from '../transport/index.ts';

/**
 * The file with the keys that the option names, or else CIRCUIT_HMAC; undefined when there is
 * neither. One that names nothing is an error: without keys we would talk in plain text where
 * protection was asked for, and a server would do what anybody asks. Throws BAD_ARGUMENT.
 */
export function keyFileOf(option: string | undefined): string | undefined {
  const file = option ?? process.env['CIRCUIT_HMAC'];
  if (file !== '') return file;
  throw new CircuitError(
    'BAD_ARGUMENT',
    option === undefined
      ? 'CIRCUIT_HMAC is empty, and names no file; unset it if nothing is to be protected'
      : '-hmac names no file; without it, nothing is protected',
  );
}

/** What the file holds; no file, no keys. Rejects with BAD_ARGUMENT when there is something wrong. */
export async function keysIn(file: string | undefined): Promise<{ readonly keys?: KeyRing }> {
  return file === undefined ? {} : { keys: await readKeys(file) };
}

/**
 * What makes a server read its keys again: from then on they are those of the file. If something is
 * wrong with it, the keys stay as they are. `say` gets a sentence for people, of what came of it.
 */
export function rereading(
  host: NodeHost,
  file: string,
  say: (level: 'info' | 'error', sentence: string) => void,
): () => void {
  // One after the other: what was read first must not be taken last.
  let reading = Promise.resolve();
  const reread = async () => {
    try {
      host.rekey(await readKeys(file));
      const { keys } = host.security;
      say('info', `read the key file again: it holds ${keys.length}, and the first is ${keys[0]}`);
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      say('error', `the keys stay as they are: ${error.message}`);
    }
  };
  return () => {
    reading = reading.then(reread);
  };
}
