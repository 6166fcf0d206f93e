/** The log of a host: its last lines, for failure reports, and a sink for whoever wants all. */

import type { Level, Log } from '../src/host/index.ts';

/** What is kept of each of thousands of hosts is to be small. */
const LINES_MAX = 32;

/** A line that a host logged, `at` microseconds since it started, by its own clock. */
export interface LogLine {
  readonly at: number;
  readonly host: string;
  readonly level: Level;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Gets every line that is logged. */
export type LogSink = (line: LogLine) => void;

/** The log of one host, which keeps its last lines for failure reports. */
export class SimLog implements Log {
  readonly #host: string;
  readonly #now: () => number;
  readonly #sink: LogSink | undefined;
  #lines: LogLine[] = [];

  constructor(host: string, now: () => number, sink: LogSink | undefined) {
    this.#host = host;
    this.#now = now;
    this.#sink = sink;
  }

  /** Logs a line. */
  write(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const line = { at: this.#now(), host: this.#host, level, event, fields };
    this.#lines.push(line);
    if (this.#lines.length >= 2 * LINES_MAX) this.#lines = this.#lines.slice(-LINES_MAX);
    this.#sink?.(line);
  }

  /** The last 32 lines, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines.slice(-LINES_MAX);
  }
}
