/** What fuzzing has come to so far: a line of it now and then, and all of it at the end. */

import { figure, table } from '../../cli/sim/figures.ts';
import { StatusLine, timeOf } from '../../cli/sim/status-line.ts';
import type { Figures } from './protocol.ts';

export class Tally {
  finds = 0;
  readonly #seconds: number;
  readonly #line = new StatusLine({ quiet: false });
  readonly #figures = new Map<string, Figures>();

  /** `seconds`: how long it is to take. */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get executions(): number {
    return this.#sum(({ executions }) => executions);
  }

  figures(figures: readonly Figures[]): void {
    for (const each of figures) this.#figures.set(each.target, each);
    this.#line.show(() => this.#text());
  }

  /** Something is wrong. */
  found(text: string): void {
    this.finds++;
    this.#line.end();
    process.stdout.write(`${text}\n`);
  }

  /** A line for each target, and the verdict. */
  summary(): string {
    this.#line.end();
    const rows = [...this.#figures.values()].map(
      ({ target, executions, seconds, blocks, characters, entries }) => [
        ...[target, String(executions), figure(executions / Math.max(0.001, seconds))],
        ...[String(blocks), figure(characters / 1_000), String(entries)],
      ],
    );
    const head = ['target', 'inputs', 'per second', 'blocks', 'thousand characters', 'kept'];
    const { executions, finds } = this;
    const verdict =
      executions === 0
        ? 'nothing was tried: the time was too short'
        : finds === 0
          ? `ok: ${executions} inputs were taken as they must be`
          : `BROKEN: ${finds} finds in ${executions} inputs`;
    return `${[...table([head, ...rows]), verdict].join('\n')}\n`;
  }

  #text(): string {
    const gone = this.#line.seconds;
    const rate = figure(this.executions / gone);
    const blocks = this.#sum((each) => each.blocks);
    const entries = this.#sum((each) => each.entries);
    const time = timeOf(Math.max(0, this.#seconds - gone));
    return (
      `fuzz: ${this.executions} inputs, ${rate} a second, ${blocks} blocks, ${entries} kept, ` +
      `${this.finds} finds, ${time} left`
    );
  }

  #sum(of: (figures: Figures) => number): number {
    let total = 0;
    for (const figures of this.#figures.values()) total += of(figures);
    return total;
  }
}
