/** What one server did, as it tells it itself. */

import { CircuitError } from '../errors.ts';
import type { ServerId } from '../id.ts';
import { isStamp } from '../journal/stamp.ts';
import { limits } from '../limits.ts';
import { concat, invoke, type Target } from './invoke.ts';
import { ByteSource } from './stream.ts';

/** One entry of the journal of a server. */
export interface JournalEntry {
  readonly server: string;
  /** From 1, without a gap on each server. */
  readonly number: number;
  /**
   * When: what may have caused something has the smaller stamp, as text, whatever clocks show.
   * It begins with the time of day, in UTC.
   */
  readonly stamp: string;
  /**
   * An operation that waits has two entries, `began` and `ended`; any other one, `done`. Servers
   * `joined` and `left` in the view of this one. `lost`: so many entries dropped out before this
   * reader came to them.
   */
  readonly event: 'began' | 'ended' | 'done' | 'joined' | 'left' | 'lost';
  /** The number of the operation on its server. */
  readonly operation?: number;
  readonly method?: string;
  /** The anchor; of `joined` and `left`, that of the server in question. */
  readonly path?: string;
  /** Who asked: the address of a client, with `through` and the id of the server that it asked. */
  readonly by?: string;
  /** Such as the program of a process, or the capacity of a channel. */
  readonly detail?: string;
  /** Of the message, or of what was streamed. */
  readonly bytes?: number;
  /** The code of the error; CALLER_GONE when the caller went away first. */
  readonly error?: string;
  /** How many entries were lost. */
  readonly lost?: number;
}

/** Which entries of a journal are read. */
export interface JournalOptions {
  /** The number of the first entry to read. Default: the oldest that is left. */
  readonly from?: number | undefined;
  /** Goes on with what happens next, until the loop is left. */
  readonly follow?: boolean | undefined;
  /** Gives up when aborted, with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/** So much is on its way for one reader: a client reads the journals of thousands at once. */
const WINDOW_BYTES = 64 * 1024;
/** A line that is longer is none of ours. */
const LINE_BYTES_MAX = 16 * limits.pathBytesMax;
const LINE_FEED = 10;

const decoder = new TextDecoder();

/**
 * The entries of one server. Reading them throws BAD_ARGUMENT, SERVER_GONE, NO_SUCH_SERVER, LIMIT,
 * CANCELLED, PROTOCOL. `return` ends the reading at once, also while a `next` waits: a generator
 * alone would first wait as well.
 */
export function journalOf(
  target: Target,
  server: ServerId,
  options: JournalOptions,
): AsyncIterableIterator<JournalEntry, void, void> {
  let source: ByteSource | undefined;
  const entries = entriesIn(server, () => {
    source = open(target, server, options);
    return source;
  });
  return {
    next: () => entries.next(),
    async return() {
      await source?.return();
      return entries.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function open(
  target: Target,
  server: ServerId,
  { from = 0, follow = false, signal }: JournalOptions,
): ByteSource {
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new CircuitError('BAD_ARGUMENT', `a journal has no entry with the number ${from}`);
  }
  let source: ByteSource | undefined;
  invoke<'journal', void>(
    target,
    'journal',
    { server, request: { from, follow }, credit: WINDOW_BYTES },
    { signal },
    (call, settle) => {
      source = new ByteSource(call, settle.resolve);
      return { data: (bytes) => source?.push(bytes), ended: () => source?.end() };
    },
  ).catch((error) => source?.fail(error));
  return source as unknown as ByteSource;
}

async function* entriesIn(
  server: ServerId,
  begin: () => ByteSource,
): AsyncGenerator<JournalEntry, void, void> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of begin()) {
    const bytes = concat([rest, chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    const lines = decoder.decode(bytes.subarray(0, end)).split('\n');
    for (const line of lines) if (line !== '') yield parseLine(server, line);
    rest = bytes.slice(end);
    if (rest.length > LINE_BYTES_MAX) throw malformed();
  }
}

/**
 * An entry of the journal of `server`, of the fields that a line of JSON has, as a server tells it or
 * keeps it in a file; undefined where it is none. Fields that are not known are left as they are.
 */
export function parseJournalEntry(
  server: string,
  fields: Readonly<Record<string, unknown>>,
): JournalEntry | undefined {
  const { stamp, event } = fields;
  const isOfTime = typeof stamp === 'string' && isStamp(stamp);
  if (!isOfTime || typeof event !== 'string') return undefined;
  if (!Number.isSafeInteger(fields['number'])) return undefined;
  const may = (type: string) => (name: string) => {
    return fields[name] === undefined || typeof fields[name] === type;
  };
  if (!texts.every(may('string')) || !numbers.every(may('number'))) return undefined;
  const { server: _, ...own } = fields;
  return { server, ...(own as unknown as Omit<JournalEntry, 'server'>) };
}

const texts = ['method', 'path', 'by', 'detail', 'error'];
const numbers = ['operation', 'bytes', 'lost'];

function parseLine(server: ServerId, line: string): JournalEntry {
  let fields: Record<string, unknown> | null | undefined;
  try {
    fields = JSON.parse(line);
  } catch {
    fields = undefined;
  }
  const isObject = typeof fields === 'object' && fields !== null;
  const entry = isObject ? parseJournalEntry(server, fields ?? {}) : undefined;
  if (entry === undefined) throw malformed();
  return entry;
}

function malformed(): CircuitError {
  return new CircuitError('PROTOCOL', 'the server answered with a malformed journal');
}
