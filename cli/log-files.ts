/** The journal of a server that is gone, from the files that it left; see src/server/journal-keeper.ts. */

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CircuitError, type JournalEntry, limits, parseJournalEntry } from '../src/index.ts';

/** Of the files that servers write now; what is in others may mean something else. */
const format = 1;
/** A line that is longer is none of a server. */
const LINE_CHARS_MAX = 16 * limits.pathBytesMax;

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
  const names = (await readdir(path)).flatMap((name) => {
    const digits = /^journal-(\d{1,15})\.jsonl$/.exec(name)?.[1];
    return digits === undefined ? [] : [{ name, number: Number(digits) }];
  });
  if (names.length === 0) {
    throw new CircuitError('BAD_ARGUMENT', `no server has left a journal in ${path}`);
  }
  return names.sort((a, b) => a.number - b.number).map(({ name }) => join(path, name));
}

async function* entriesOf(file: string): AsyncGenerator<JournalEntry> {
  let server: string | undefined;
  /** A line is torn only if none comes after it. */
  let isTorn = false;
  for await (const line of linesOf(file)) {
    if (isTorn) throw malformed(file);
    const fields = parsed(line);
    if (fields === undefined) {
      isTorn = true;
    } else if (server === undefined) {
      server = serverIn(file, fields);
    } else {
      const entry = parseJournalEntry(server, fields);
      if (entry === undefined) throw malformed(file);
      yield entry;
    }
  }
}

/** Whose journal it is, as its first line says. */
function serverIn(file: string, fields: Readonly<Record<string, unknown>>): string {
  const { server, format: found } = fields;
  if (typeof server !== 'string' || typeof found !== 'number') throw malformed(file);
  if (found === format) return server;
  throw new CircuitError(
    'BAD_ARGUMENT',
    `${file} is a journal of format ${found}; this circuit reads format ${format}`,
  );
}

/** Only a line feed ends a line: JSON may hold every other character that could. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file).setEncoding('utf8');
  let rest = '';
  try {
    for await (const text of input) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (rest.length > LINE_CHARS_MAX) throw malformed(file);
    }
  } catch (error) {
    throw error instanceof CircuitError ? error : unreadable(file, error as Error);
  }
  if (rest !== '') yield rest;
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
