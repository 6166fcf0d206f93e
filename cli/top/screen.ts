/**
 * A terminal that shows one text after another in the same place, until somebody has seen enough.
 * What stood there before comes back afterwards.
 */

import { unblock } from '../output.ts';

const { stdin, stdout } = process;

const ALTERNATE = '\x1b[?1049h\x1b[?25l';
const BACK = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const REST_OF_LINE = '\x1b[K';
const REST_OF_SCREEN = '\x1b[J';

const CTRL_C = '\x03';

export class Screen {
  readonly #quit: () => void;
  readonly #listens: boolean;

  /** `quit` is called when somebody presses q, or Ctrl-C. */
  constructor(quit: () => void) {
    this.#quit = quit;
    this.#listens = stdin.isTTY === true;
    unblock(stdout);
    stdout.write(ALTERNATE);
    if (!this.#listens) return;
    stdin.setRawMode(true);
    stdin.on('data', this.#pressed);
  }

  /** A terminal that does not know its size says 0. */
  get size(): { columns: number | undefined; rows: number | undefined } {
    return { columns: stdout.columns || undefined, rows: stdout.rows || undefined };
  }

  /** Nothing happens while the terminal is stopped. */
  show(lines: readonly string[]): void {
    if (stdout.writableNeedDrain) return;
    const text = lines.map((line) => `${line}${REST_OF_LINE}`).join('\n');
    stdout.write(`${HOME}${text}${REST_OF_SCREEN}`);
  }

  close(): void {
    stdout.write(BACK);
    if (!this.#listens) return;
    stdin.off('data', this.#pressed);
    stdin.setRawMode(false);
    stdin.pause();
  }

  readonly #pressed = (bytes: Buffer): void => {
    const keys = bytes.toString();
    if (keys.includes('q') || keys.includes(CTRL_C)) this.#quit();
  };
}
