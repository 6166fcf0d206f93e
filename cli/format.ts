/** How things are printed. */

import type { Entry, MemberState } from '../src/index.ts';

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

/** Of the lines of members: neighbours and round trips, aligned at the right. */
const numberColumns: ReadonlySet<number> = new Set([4, 5]);

/** One server a line, in aligned columns. */
export function memberLines(members: readonly MemberState[]): string {
  const rows = members.map((member) => [
    member.id,
    member.address,
    `since ${isoTime(member.joined)}`,
    `(${duration(member.ageMs)})`,
    `${member.neighbours} neighbours`,
    member.roundTripMs === undefined ? '-' : `${member.roundTripMs.toFixed(2)} ms`,
    `incarnation ${member.incarnation}`,
    [member.dialled ? 'dialled' : '', member.suspected ? 'suspected' : ''].join(' ').trim(),
  ]);
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, (row[column] as string).length), 0),
  );
  const pad = (text: string, column: number) => {
    const width = widths[column] as number;
    return numberColumns.has(column) ? text.padStart(width) : text.padEnd(width);
  };
  const line = (row: readonly string[]) => row.map(pad).join('  ').trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

/** The same for programs. */
export function memberObjects(members: readonly MemberState[]): object[] {
  return members.map(({ roundTripMs, joined, ageMs, ...member }) => ({
    ...member,
    joined: isoTime(joined),
    ageSeconds: Math.floor(ageMs / 1_000),
    roundTripMs: roundTripMs ?? null,
  }));
}

/** As the other times that we print: ISO 8601, in seconds. */
function isoTime(ms: number): string {
  const isDate = ms <= 8.64e15;
  return isDate ? `${new Date(ms).toISOString().slice(0, -5)}Z` : '-';
}

/** Its two largest units: `45 s`, `3 min 20 s`, `2 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const units: readonly (readonly [string, number])[] = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3_600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ];
  const first = units.findIndex(([, count]) => count > 0);
  const shown = first < 0 ? units.slice(-1) : units.slice(first, first + 2);
  const said = shown.filter(([, count], at) => at === 0 || count > 0);
  return said.map(([unit, count]) => `${count} ${unit}`).join(' ');
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
