/** How far many runs are: a bar on a terminal, a line now and then elsewhere. */

const { stderr } = process;
const BAR_WIDTH = 24;

export class Bar {
  readonly #total: number;
  readonly #quiet: boolean;
  readonly #began = performance.now();
  readonly #everyMs = stderr.isTTY ? 100 : 10_000;
  #shownAt = this.#began;
  #done = 0;
  #failed = 0;
  #drawn = false;

  constructor(total: number, quiet: boolean) {
    this.#total = total;
    this.#quiet = quiet;
  }

  /** Wall-clock seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  ended(ok: boolean): void {
    this.#done++;
    if (!ok) this.#failed++;
    const now = performance.now();
    if (this.#quiet || now - this.#shownAt < this.#everyMs) return;
    this.#shownAt = now;
    this.#drawn = true;
    const text = this.#text();
    stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.#drawn && stderr.isTTY) stderr.write('\r\x1b[K');
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

function timeOf(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  const minutes = seconds / 60;
  return minutes < 100 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}
