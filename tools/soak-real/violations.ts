/** What was found to be wrong, with what is needed to look into it. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Violation {
  readonly guarantee: string;
  /** Seconds since the soak began. */
  readonly at: number;
  readonly message: string;
  /** A file with all that belongs to it. */
  readonly file: string;
}

/** More of them say no more. */
const KEPT_MAX = 100;
/** What happened last is told with each. */
const EVENTS_MAX = 300;

export class Violations {
  readonly all: Violation[] = [];
  /** Those that are not kept as well. */
  count = 0;
  readonly #began = performance.now();
  readonly #events: string[] = [];
  readonly #folder: string;
  readonly #seed: string;
  readonly #say: (text: string) => void;

  constructor(options: { folder: string; seed: string; say: (text: string) => void }) {
    this.#folder = options.folder;
    this.#seed = options.seed;
    this.#say = options.say;
  }

  /** Something happened that may explain a violation. */
  note(event: string): void {
    this.#events.push(`${this.#seconds.toFixed(3)} ${event}`);
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
  }

  /** `evidence` is written to a file of its own, with what happened before. */
  add(guarantee: string, message: string, evidence: object = {}): void {
    this.count++;
    this.note(`${guarantee} is broken: ${message}`);
    if (this.all.length >= KEPT_MAX) return;
    const at = this.#seconds;
    const file = this.#written(guarantee, message, evidence);
    this.all.push({ guarantee, at, message, file });
    this.#say(`${guarantee} is broken: ${message}\n  see ${file}`);
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #written(guarantee: string, message: string, evidence: object): string {
    const folder = join(this.#folder, 'soak-violations');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${this.#seed}-${this.count}.json`);
    const text = { seed: this.#seed, guarantee, message, events: this.#events, ...evidence };
    const lists = (_key: string, value: unknown) => (value instanceof Set ? [...value] : value);
    writeFileSync(file, `${JSON.stringify(text, lists, 1)}\n`);
    return file;
  }
}
