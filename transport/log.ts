/**
 * The log as lines of JSON, one event each: `{"time":…,"level":…,"event":…,…fields}`.
 *
 * A log must never harm what it tells of: a line that cannot be written is lost, and a field that
 * JSON cannot hold is told as text. A reader that stops reading stops nothing: lines wait, up to
 * `unreadBytesMax`, and beyond that they are dropped; how many were, the next line says that can be
 * written. Where there is a reader, Node hands a line to the kernel at once, so it is out before a
 * crash.
 */

import type { Level, Log } from '../src/host/log.ts';

const rank: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What a log needs of a stream; `process.stderr` is one. */
export interface LineSink {
  /** Takes a line, with its newline. */
  write(line: string): unknown;
  /** Bytes that it has taken and that nobody has read; left out by one that never waits. */
  readonly writableLength?: number;
  /** Errors of a stream that nobody listens to would end the program. */
  on?(event: 'error', listener: () => void): unknown;
}

/** Lines that wait for a slow reader. Smaller: lines are dropped sooner. Larger: memory. */
const unreadBytesMax = 1024 * 1024;

/** Writes each line of the log as a JSON object. */
export class JsonLog implements Log {
  readonly #sink: LineSink;
  readonly #least: number;
  #dropped = 0;

  /** Writes lines of `least` and more serious ones. */
  constructor(sink: LineSink, least: Level) {
    this.#sink = sink;
    this.#least = rank[least];
    sink.on?.('error', () => {});
  }

  /** Writes a line. */
  write(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (rank[level] < this.#least) return;
    if ((this.#sink.writableLength ?? 0) > unreadBytesMax) {
      this.#dropped++;
      return;
    }
    const time = new Date().toISOString();
    let text = `${line({ time, level, event }, fields)}\n`;
    if (this.#dropped > 0) {
      const dropped = { time, level: 'warn', event: 'log-lines-dropped' };
      text = `${line(dropped, { count: this.#dropped })}\n${text}`;
    }
    try {
      this.#sink.write(text);
      this.#dropped = 0;
    } catch {
      this.#dropped++; // Such as on a full disk. Or nobody reads it any more.
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
