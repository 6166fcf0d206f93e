/** How far many runs are, with a bar. */

import { StatusLine, timeOf } from './status-line.ts';

const BAR_WIDTH = 24;

export class Bar {
  readonly #total: number;
  readonly #line: StatusLine;
  #done = 0;
  #failed = 0;

  constructor(total: number, quiet: boolean) {
    this.#total = total;
    this.#line = new StatusLine({ quiet });
  }

  /** Wall-clock seconds since it began. */
  get seconds(): number {
    return this.#line.seconds;
  }

  ended(ok: boolean): void {
    this.#done++;
    if (!ok) this.#failed++;
    this.#line.show(() => this.#text());
  }

  end(): void {
    this.#line.end();
  }

  #text(): string {
    const rate = this.#done / this.seconds;
    const left = (this.#total - this.#done) / rate;
    const full = Math.floor((this.#done / this.#total) * BAR_WIDTH);
    const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
    return (
      `${bar} ${this.#done}/${this.#total} seeds, ${this.#failed} failed, ` +
      `${rate.toPrecision(3)} a second, ${timeOf(left)} left`
    );
  }
}
