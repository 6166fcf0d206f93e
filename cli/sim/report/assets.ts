/** The script and the style of the page: files of their own, as what they are. */

import { readFileSync } from 'node:fs';

// Built, they lie next to the program.
const folder = import.meta.url.endsWith('.ts') ? './page/' : './sim-report-page/';

/** What comes later may change what came before. */
const styles = ['base.css', 'plots.css', 'faults.css', 'overlay.css', 'narrow.css'];

export function pageScript(): string {
  return read('page.js');
}

export function pageStyle(): string {
  return styles.map(read).join('\n');
}

function read(name: string): string {
  return readFileSync(new URL(folder + name, import.meta.url), 'utf8').trim();
}
