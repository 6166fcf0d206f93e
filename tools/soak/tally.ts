/** What a soak has come to so far: a line of it now and then, and all of it at the end. */

import { figure, table } from '../../cli/sim/figures.ts';
import type { Outcome } from '../../cli/sim/outcome.ts';
import type { Described } from '../../cli/sim/request.ts';
import { StatusLine, timeOf } from '../../cli/sim/status-line.ts';

/** What one scenario has come to. */
export interface Done {
  runs: number;
  failed: number;
  virtualSeconds: number;
  /** Of running, of all processes together. */
  seconds: number;
}

export class Tally {
  readonly #done: ReadonlyMap<Described, Done>;
  readonly #seconds: number;
  readonly #line = new StatusLine({ quiet: false });
  #seeds = 0;

  /** `seconds`: how long it is to take. */
  constructor(plan: readonly Described[], seconds: number) {
    const none = () => ({ runs: 0, failed: 0, virtualSeconds: 0, seconds: 0 });
    this.#done = new Map(plan.map((scenario) => [scenario, none()]));
    this.#seconds = seconds;
  }

  of(scenario: Described): Done {
    return this.#done.get(scenario) as Done;
  }

  /** Every seed has another number. */
  nextSeed(): number {
    return this.#seeds++;
  }

  get runs(): number {
    return this.#sum(({ runs }) => runs);
  }

  get failed(): number {
    return this.#sum(({ failed }) => failed);
  }

  ended(scenario: Described, { ok, virtualSeconds, wallSeconds }: Outcome): void {
    const done = this.of(scenario);
    done.runs++;
    done.virtualSeconds += virtualSeconds;
    done.seconds += wallSeconds;
    if (!ok) done.failed++;
    this.#line.show(() => this.#text(scenario));
  }

  /** Something that is to stay on the screen. */
  say(text: string): void {
    this.#line.end();
    process.stdout.write(`${text}\n`);
  }

  /** A line for each scenario, and the verdict. */
  summary(): string {
    this.#line.end();
    const rows = Array.from(this.#done, ([{ typed, set }, { runs, failed, virtualSeconds }]) => [
      [typed, ...Object.entries(set).map(([name, value]) => `${name}=${value}`)].join(' '),
      ...[String(runs), String(failed), figure(virtualSeconds)],
    ]);
    const lines = table([['scenario', 'runs', 'failed', 'virtual s'], ...rows]);
    const { runs, failed } = this;
    const verdict =
      runs === 0
        ? 'nothing was run: the time was too short'
        : failed === 0
          ? `ok: every guarantee held in ${runs} runs`
          : `BROKEN in ${failed} of ${runs} runs`;
    return `${[...lines, verdict].join('\n')}\n`;
  }

  #text({ typed }: Described): string {
    const gone = this.#line.seconds;
    const time = timeOf(Math.max(0, this.#seconds - gone));
    const rate = (this.runs / gone).toPrecision(3);
    return `soak: ${this.runs} runs, ${rate} a second, ${this.failed} failed, ${time} left (${typed})`;
  }

  #sum(of: (done: Done) => number): number {
    let total = 0;
    for (const done of this.#done.values()) total += of(done);
    return total;
  }
}
