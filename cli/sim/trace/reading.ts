/** Reads trace files, line by line: they may be longer than memory. */

import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { TraceTold } from '../../../sim/index.ts';
import { CircuitError } from '../../../src/index.ts';
import { type TraceHeader, type TraceRecord, traceFormat, traceVersion } from './format.ts';

/** A trace file that is being read. */
export interface OpenTrace {
  readonly header: TraceHeader;
  /** In the order in which it happened; to be gone through once. */
  readonly records: AsyncGenerator<TraceRecord, void>;
}

/** Throws BAD_ARGUMENT when it is no trace, or one of another version; so do its records. */
export async function openTrace(file: string): Promise<OpenTrace> {
  const lines = linesOf(file);
  const first = await lines.next();
  const header = first.done === true ? undefined : headerOf(first.value);
  if (header === undefined) throw noTrace(file);
  if (header.version !== traceVersion) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `${file} is a trace of version ${header.version}; this circuit reads version ${traceVersion}`,
    );
  }
  return { header, records: recordsOf(file, lines) };
}

async function* recordsOf(
  file: string,
  lines: AsyncGenerator<string, void>,
): AsyncGenerator<TraceRecord, void> {
  let number = 1;
  for await (const line of lines) {
    number++;
    const record = recordOf(line);
    if (record === undefined) {
      throw new CircuitError('BAD_ARGUMENT', `${file}:${number} is no line of a trace`);
    }
    yield record;
  }
}

async function* linesOf(file: string): AsyncGenerator<string, void> {
  if (!isCompressed(file)) throw noTrace(file);
  const source = createReadStream(file);
  const unzip = source.pipe(createGunzip());
  source.on('error', (error) => unzip.destroy(error));
  unzip.setEncoding('utf8');
  let rest = '';
  try {
    for await (const text of unzip) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      yield* lines;
    }
  } catch (error) {
    throw new CircuitError('BAD_ARGUMENT', `${file} is damaged: ${(error as Error).message}`);
  }
}

function isCompressed(file: string): boolean {
  try {
    const opened = openSync(file, 'r');
    const magic = new Uint8Array(2);
    try {
      readSync(opened, magic);
    } finally {
      closeSync(opened);
    }
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } catch (error) {
    throw new CircuitError('BAD_ARGUMENT', `cannot read ${file}: ${(error as Error).message}`);
  }
}

function headerOf(line: string): TraceHeader | undefined {
  const found = (parsed(line) ?? {}) as Partial<TraceHeader>;
  if (found.format !== traceFormat) return undefined;
  // What another version says is not ours to judge.
  if (found.version !== traceVersion) return found as TraceHeader;
  const lists = { hosts: [], kinds: [], incidents: [], violations: [] };
  const { hosts, kinds, incidents, violations } = { ...lists, ...found };
  const isWhole = [hosts, kinds, incidents, violations].every(Array.isArray);
  return isWhole && [...hosts, ...kinds].every(isText)
    ? ({ ...lists, ...found } as TraceHeader)
    : undefined;
}

function recordOf(line: string): TraceRecord | undefined {
  const list = parsed(line);
  if (!Array.isArray(list)) return undefined;
  switch (list[0]) {
    case 'e': {
      const [, at, actor, kind, a, b] = list as [string, ...Numbers];
      if (![at, actor, kind, a, b].every(isNumber)) return undefined;
      return { type: 'event', at, actor, kind, a, b };
    }
    case 'n': {
      const [, at, actor, text] = list as [string, number, number, string];
      if (![at, actor].every(isNumber) || !isText(text)) return undefined;
      return { type: 'note', at, actor, text };
    }
    case 't': {
      const [, at, change, ...numbers] = list as [string, number, TraceTold['type'], ...number[]];
      const [observer, subject, start, incarnation, from] = numbers as Numbers;
      const isWhole = [at, observer, subject, start, incarnation, from].every(isNumber);
      if (!isWhole || !isText(change)) return undefined;
      return { type: 'told', at, change, observer, subject, start, incarnation, from };
    }
    default:
      return undefined;
  }
}

type Numbers = [number, number, number, number, number];

function isNumber(value: unknown): boolean {
  return Number.isFinite(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function noTrace(file: string): CircuitError {
  return new CircuitError(
    'BAD_ARGUMENT',
    `${file} is no trace; "circuit sim SCENARIO --trace FILE" writes one`,
  );
}
