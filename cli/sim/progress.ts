/** The line that shows how far a simulation is: redrawn on a terminal, once in a while elsewhere. */

import type { Progress } from '../../sim/index.ts';

const { stderr } = process;
/** The simulation replaces the clock while it runs. */
const clock = performance.now.bind(performance);

export class ProgressLine {
  readonly #quiet: boolean;
  readonly #began = clock();
  readonly #everyMs = stderr.isTTY ? 100 : 10_000;
  #shownAt = this.#began;
  #drawn = false;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  show({ virtualUs, lengthUs, events, servers }: Progress): void {
    const now = clock();
    if (this.#quiet || now - this.#shownAt < this.#everyMs) return;
    this.#shownAt = now;
    const seconds = (now - this.#began) / 1000;
    const virtual = virtualUs / 1e6;
    const rate = virtual / seconds;
    const of = lengthUs === undefined ? '' : ` of ${(lengthUs / 1e6).toFixed(0)}`;
    const left =
      lengthUs === undefined
        ? ''
        : `, ${Math.max(0, (lengthUs / 1e6 - virtual) / rate).toFixed(0)} s left`;
    const text =
      `${virtual.toFixed(0)}${of} virtual s, ${servers} servers, ${events} events, ` +
      `${rate.toFixed(1)} times real time${left}`;
    this.#drawn = true;
    stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.#drawn && stderr.isTTY) stderr.write('\r\x1b[K');
  }
}
