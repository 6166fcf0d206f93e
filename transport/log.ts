/**
 * The log as lines of JSON, one event each: `{"time":…,"level":…,"event":…,…fields}`.
 *
 * A log must never harm what it tells of: a line that cannot be written is lost, and a field that
 * JSON cannot hold is told as text. Node writes to files, pipes and terminals synchronously, so a
 * line is out before a crash.
 */

import type { Level, Log } from '../src/host/log.ts';

const rank: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What a log needs of a stream; `process.stderr` is one. */
export interface LineSink {
  /** Takes a line, with its newline. */
  write(line: string): unknown;
  /** Errors of a stream that nobody listens to would end the program. */
  on?(event: 'error', listener: () => void): unknown;
}

/** Writes each line of the log as a JSON object. */
export class JsonLog implements Log {
  readonly #sink: LineSink;
  readonly #least: number;

  /** Writes lines of `least` and more serious ones. */
  constructor(sink: LineSink, least: Level) {
    this.#sink = sink;
    this.#least = rank[least];
    sink.on?.('error', () => {});
  }

  /** Writes a line. */
  write(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (rank[level] < this.#least) return;
    const own = { time: new Date().toISOString(), level, event };
    try {
      this.#sink.write(`${line(own, fields)}\n`);
    } catch {
      // Nobody reads it any more.
    }
  }
}

/** Writes nothing. */
export const silentLog: Log = { write() {} };

/** Our own fields come first and are never overwritten. */
function line(own: Record<string, unknown>, fields: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify({ ...own, ...fields, ...own }, plain);
  } catch {
    return JSON.stringify({ ...own, unwritable: true });
  }
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  if (typeof value === 'bigint') return value.toString();
  return value;
}
