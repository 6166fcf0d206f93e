/**
 * Lines of the log about what peers can make happen as often as they like: of each kind one now and
 * then, with how many there were. A flood of junk must not become a flood of lines.
 */

import type { Host } from '../host/index.ts';
import { SECOND } from '../time.ts';

/** Lines are at least so far apart. Shorter: a log that is full sooner. */
const EVERY_US = 10 * SECOND;

export class SeldomLog {
  readonly #host: Pick<Host, 'clock' | 'log'>;
  readonly #event: string;
  #count = 0;
  #nextAt = 0;

  constructor(host: Pick<Host, 'clock' | 'log'>, event: string) {
    this.#host = host;
    this.#event = event;
  }

  /** It happened again. The line says with `count` how often so far. */
  write(fields: Readonly<Record<string, unknown>>): void {
    this.#count++;
    const now = this.#host.clock.now();
    if (now < this.#nextAt) return;
    this.#nextAt = now + EVERY_US;
    this.#host.log.write('warn', this.#event, { ...fields, count: this.#count });
  }
}
