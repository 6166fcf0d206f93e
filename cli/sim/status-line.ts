/** A line that says how far something is: redrawn on a terminal, one now and then elsewhere. */

const { stderr } = process;
/** A simulation replaces the clock while it runs. */
const clock = performance.now.bind(performance);

const drawnMs = 100;
const writtenMs = 10_000;

export class StatusLine {
  readonly #quiet: boolean;
  readonly #began = clock();
  readonly #everyMs = stderr.isTTY ? drawnMs : writtenMs;
  #shownAt = this.#began;
  #drawn = false;

  constructor({ quiet }: { readonly quiet: boolean }) {
    this.#quiet = quiet;
  }

  /** Wall-clock seconds since it began. */
  get seconds(): number {
    return (clock() - this.#began) / 1000;
  }

  /** Shows what `text` gives, if it is time for it. */
  show(text: () => string): void {
    const now = clock();
    if (this.#quiet || now - this.#shownAt < this.#everyMs) return;
    this.#shownAt = now;
    this.#drawn = true;
    stderr.write(stderr.isTTY ? `\r\x1b[K${text()}` : `${text()}\n`);
  }

  /** Leaves the terminal as it was before. */
  end(): void {
    if (this.#drawn && stderr.isTTY) stderr.write('\r\x1b[K');
  }
}

/** A time that is left, for people. */
export function timeOf(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  const minutes = seconds / 60;
  return minutes < 100 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}
