/** The files of the project, as they lie here; what is made or installed is left out. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Source } from './code.ts';

export const root = join(import.meta.dirname, '../../..');

const notOurs = new Set(['node_modules', 'dist', 'coverage']);

/** Paths from the root, sorted. Names that begin with a dot are passed over. */
export function files(under = ''): string[] {
  return readdirSync(join(root, under), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !notOurs.has(name))
    .flatMap((entry) => {
      const path = under === '' ? entry.name : `${under}/${entry.name}`;
      return entry.isDirectory() ? files(path) : [path];
    })
    .sort();
}

export function read(path: string): Source {
  return { path: relative(root, join(root, path)), text: readFileSync(join(root, path), 'utf8') };
}
