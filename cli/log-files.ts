/** The journal of a server that is gone, from the files that it left; see src/server/journal-keeper.ts. */

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CircuitError, type JournalEntry } from '../src/index.ts';

/**
 * The entries of a file, or of all files of a directory, in the order in which they were made; of a
 * server that was restarted, one run after another. A last line that a crash tore is left out.
 * Throws BAD_ARGUMENT.
 */
export async function* entriesOfFiles(path: string): AsyncGenerator<JournalEntry> {
  for (const file of await filesAt(path)) yield* entriesOf(file);
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((error) => {
    throw unreadable(path, error);
  });
  if (found.isFile() || found.isFIFO()) return [path];
  if (!found.isDirectory()) throw malformed(path);
  const names = (await readdir(path)).filter((name) => /^journal-\d+\.jsonl$/.test(name));
  if (names.length === 0) {
    throw new CircuitError('BAD_ARGUMENT', `no server has left a journal in ${path}`);
  }
  return names.sort().map((name) => join(path, name));
}

async function* entriesOf(file: string): AsyncGenerator<JournalEntry> {
  const input = createReadStream(file);
  let failure: Error | undefined;
  input.on('error', (error) => {
    failure = error;
  });
  let server: string | undefined;
  /** A line is torn only if none comes after it. */
  let torn: string | undefined;
  for await (const line of createInterface({ input })) {
    if (torn !== undefined) throw malformed(file);
    const fields = parsed(line);
    if (fields === undefined) torn = line;
    else if (server !== undefined) yield { ...(fields as unknown as JournalEntry), server };
    else if (typeof fields['server'] === 'string') server = fields['server'];
    else throw malformed(file);
  }
  if (failure !== undefined) throw unreadable(file, failure);
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function malformed(file: string): CircuitError {
  return new CircuitError('BAD_ARGUMENT', `${file} is not the journal of a server`);
}

function unreadable(path: string, error: Error): CircuitError {
  return new CircuitError('BAD_ARGUMENT', `cannot read a journal at ${path}: ${error.message}`);
}
