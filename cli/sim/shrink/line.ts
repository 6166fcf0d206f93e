/** How far a search for a smaller run is: redrawn on a terminal, once in a while elsewhere. */

const { stderr } = process;
/** The simulation replaces the clock while it runs. */
const clock = performance.now.bind(performance);

/** What the search began with. */
export interface Searched {
  readonly quiet: boolean;
  readonly seconds: number;
  readonly faults: number;
}

export class ShrinkLine {
  readonly #searched: Searched;
  readonly #began = clock();
  readonly #everyMs = stderr.isTTY ? 100 : 10_000;
  #shownAt = this.#began;
  #drawn = false;

  constructor(searched: Searched) {
    this.#searched = searched;
  }

  show(runs: number, faults: number): void {
    const { quiet, seconds, faults: before } = this.#searched;
    const now = clock();
    if (quiet || now - this.#shownAt < this.#everyMs) return;
    this.#shownAt = now;
    const left = Math.max(0, seconds - (now - this.#began) / 1000).toFixed(0);
    const text = `shrinking: ${faults} of ${before} faults left, ${runs} runs, at most ${left} s more`;
    this.#drawn = true;
    stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.#drawn && stderr.isTTY) stderr.write('\r\x1b[K');
  }
}
