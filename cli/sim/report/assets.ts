/** The script and the style of the page: files of their own, as what they are. */

import { readFileSync } from 'node:fs';

// Built, they lie next to the program.
const isBuilt = !import.meta.url.endsWith('.ts');

export function pageScript(): string {
  return read(isBuilt ? 'sim-report-page.js' : 'page/page.js');
}

export function pageStyle(): string {
  return read(isBuilt ? 'sim-report-page.css' : 'page/page.css');
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8').trim();
}
