/** Inputs that did something new, in files: a folder for each target, a file for each input. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from './target.ts';

/** The corpus that is checked in. */
export const corpusFolder = fileURLToPath(new URL('../../test/fuzz/corpus/', import.meta.url));
/** Inputs of one target. More: replaying takes longer. */
export const ENTRIES_MAX = 200;

export class Corpus {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** In the order of their names, which are those of their contents. */
  read({ name }: Target): Uint8Array[] {
    const folder = join(this.#folder, name);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map((file) => new Uint8Array(readFileSync(join(folder, file))));
  }

  /** The file that it is in. */
  add(target: Target, input: Uint8Array): string {
    const folder = join(this.#folder, target.name);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, fileOf(target, input));
    writeFileSync(file, input);
    return file;
  }

  /** From now on it holds these alone. */
  replace(target: Target, inputs: readonly Uint8Array[]): void {
    const kept = new Set(inputs.map((input) => fileOf(target, input)));
    const folder = join(this.#folder, target.name);
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
      if (!kept.has(file)) rmSync(join(folder, file));
    }
    for (const input of inputs) this.add(target, input);
  }
}

function fileOf({ text }: Target, input: Uint8Array): string {
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
  return `${hash}.${text === true ? 'txt' : 'bin'}`;
}
