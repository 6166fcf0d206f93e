/** How things are printed. */

import type { Entry } from '../src/index.ts';

/** JSON for people: with tabs. With `--json`, one value on one line. */
export function jsonText(value: unknown, options: { json: boolean }): string {
  return `${JSON.stringify(value, null, options.json ? undefined : '\t')}\n`;
}

/** One full path a line; `long` puts the kind of the element in front. */
export function listing(entries: readonly Entry[], options: { long: boolean }): string {
  const line = ({ path, kind }: Entry) =>
    options.long ? `${(kind ?? '·').padStart(15)} ${path}\n` : `${path}\n`;
  return entries.map(line).join('');
}

/** By name at every level; parents first, or with `leavesFirst` after what is below them. */
export function sorted(
  entries: readonly Entry[],
  options: { leavesFirst: boolean },
): readonly Entry[] {
  const keyed = entries.map((entry) => ({ entry, names: entry.path.split('/') }));
  keyed.sort((a, b) => compare(a.names, b.names, options.leavesFirst));
  return keyed.map(({ entry }) => entry);
}

function compare(a: readonly string[], b: readonly string[], leavesFirst: boolean): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const [x, y] = [a[at] as string, b[at] as string];
    if (x !== y) return x < y ? -1 : 1;
  }
  return leavesFirst ? b.length - a.length : a.length - b.length;
}
