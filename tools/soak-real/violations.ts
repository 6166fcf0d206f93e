/** What was found to be wrong, with what is needed to look into it. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Violation {
  readonly guarantee: string;
  /** Seconds since the soak began. */
  readonly at: number;
  readonly message: string;
  /** A file with all that belongs to it, if there is more than the message. */
  readonly file: string | undefined;
}

/** More of them say no more. */
const KEPT_MAX = 100;

export class Violations {
  readonly all: Violation[] = [];
  /** Those that are not kept as well. */
  count = 0;
  readonly #began = performance.now();
  readonly #folder: string;
  readonly #seed: string;
  readonly #say: (text: string) => void;

  constructor(options: { folder: string; seed: string; say: (text: string) => void }) {
    this.#folder = options.folder;
    this.#seed = options.seed;
    this.#say = options.say;
  }

  /** `evidence` is written to a file of its own. */
  add(guarantee: string, message: string, evidence?: object): void {
    this.count++;
    if (this.all.length >= KEPT_MAX) return;
    const at = (performance.now() - this.#began) / 1000;
    const file = evidence && this.#written(guarantee, message, evidence);
    this.all.push({ guarantee, at, message, file });
    this.#say(`${guarantee} is broken: ${message}${file === undefined ? '' : `\n  see ${file}`}`);
  }

  #written(guarantee: string, message: string, evidence: object): string {
    const folder = join(this.#folder, 'soak-violations');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${this.#seed}-${this.count}.json`);
    const text = { seed: this.#seed, guarantee, message, ...evidence };
    const lists = (_key: string, value: unknown) => (value instanceof Set ? [...value] : value);
    writeFileSync(file, `${JSON.stringify(text, lists, 1)}\n`);
    return file;
  }
}
