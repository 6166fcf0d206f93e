import { Command, Option } from 'clipanion';
import { CircuitError, type Client } from '../../src/index.ts';
import { ClientCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';
import { secondsOf } from '../seconds.ts';
import { type Figures, figuresOf, type Look, orders } from '../top/figures.ts';
import { look } from '../top/look.ts';
import { Screen } from '../top/screen.ts';
import { figuresObject, tableLines } from '../top/table.ts';

export class TopCommand extends ClientCommand {
  static override paths = [['top']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'watch what all servers take and do',
    details: `
      One line a server: its id and address; processor time, in percent of one processor; memory;
      operations a second; operations that wait; bytes a second in and out, without what the network
      adds; how many servers it sees; its age; and its elements. Rates are those of the last
      interval. A server that gives no answer within a second is shown as such.

      On a terminal the table is drawn anew every second, until \`q\` or Ctrl-C. Elsewhere, or with
      \`--once\`, one table is printed, an interval after the start. With \`--json\` each table is an
      object on a line: \`time\`, and \`servers\`, with \`id\`, \`address\`, \`ageSeconds\`, \`answered\`,
      \`cpuPercent\`, \`residentBytes\`, \`heapBytes\`, \`elements\`, \`operationsPerSecond\`,
      \`bytesInPerSecond\`, \`bytesOutPerSecond\`, \`pending\`, \`members\`; null where it is not known.
    `,
    examples: [
      ['Watch all servers', '$0 top'],
      ['Once, the largest first', '$0 top --once --sort memory'],
    ],
  });

  once = Option.Boolean('--once', false, { description: 'Print one table, and end' });
  interval = Option.String('--interval', '1', { description: 'SECONDS from table to table' });
  sort = Option.String('--sort', 'cpu', {
    description: `What comes first: ${Object.keys(orders).join(', ')}`,
  });

  protected override async work(client: Client, { signal }: Interrupt) {
    const by = this.#order();
    const intervalMs =
      1_000 * secondsOf(this.interval, { name: '--interval', min: 0.1, max: 3_600 });
    const watch = new Watch(client, { by, intervalMs, signal });
    if (this.once || (!this.json && !process.stdout.isTTY)) {
      await watch.once({ json: this.json });
      return 0;
    }
    try {
      if (this.json) await watch.asJson();
      else await watch.onScreen();
    } catch (error) {
      // Whoever ends it has seen enough.
      if (!signal.aborted) throw error;
    }
    return 0;
  }

  #order(): (figures: Figures) => number {
    const order = Object.hasOwn(orders, this.sort) ? orders[this.sort] : undefined;
    if (order !== undefined) return order;
    throw new CircuitError(
      'BAD_ARGUMENT',
      `--sort ${this.sort} is none of ${Object.keys(orders).join(', ')}`,
    );
  }
}

interface WatchOptions {
  readonly by: (figures: Figures) => number;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

class Watch {
  readonly #client: Client;
  readonly #options: WatchOptions;
  readonly #colored = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  #before: Look | undefined;

  constructor(client: Client, options: WatchOptions) {
    this.#client = client;
    this.#options = options;
  }

  async once({ json }: { json: boolean }): Promise<void> {
    await this.#first();
    const all = await this.#next(this.#options.signal);
    const lines = tableLines(all, { colored: this.#colored });
    await print(json ? line(all) : lines.map((text) => `${text}\n`).join(''));
  }

  /** Until it is ended. */
  async asJson(): Promise<void> {
    await this.#first();
    for (;;) {
      await print(line(await this.#next(this.#options.signal)));
      await pause(this.#options.intervalMs, this.#options.signal);
    }
  }

  async onScreen(): Promise<void> {
    const quitting = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, quitting.signal]);
    const screen = new Screen(() => quitting.abort());
    try {
      while (!signal.aborted) {
        const all = await this.#next(signal);
        screen.show(tableLines(all, { colored: this.#colored, ...screen.size }));
        await pause(this.#options.intervalMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      screen.close();
    }
  }

  /** A first look tells no rates. */
  async #first(): Promise<void> {
    const { signal, intervalMs } = this.#options;
    this.#before = await look(this.#client, signal);
    await pause(intervalMs, signal);
  }

  async #next(signal: AbortSignal): Promise<Figures[]> {
    const now = await look(this.#client, signal);
    const all = figuresOf(this.#before, now, this.#options.by);
    this.#before = now;
    return all;
  }
}

function line(all: readonly Figures[]): string {
  return jsonText(figuresObject(all, new Date()), { json: true });
}

/** Waits; at once when there is nothing to wait for any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(done, ms);
    function done() {
      clearTimeout(timeout);
      signal.removeEventListener('abort', done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
