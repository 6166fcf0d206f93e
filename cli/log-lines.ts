/** Entries of journals as lines for people, in columns that grow as they must. */

import type { JournalEntry } from '../src/index.ts';

/** Of an id, so much tells servers apart on a screen. */
const ID_CHARS = 9;
/** Longer texts stand out of their column. */
const WIDTH_MAX = 60;

export class LogLines {
  /** Time, server, what, anchor, by whom; the outcome comes last and is as long as it is. */
  readonly #widths = [24, ID_CHARS, 8, 24, 15];

  line(entry: JournalEntry): string {
    const { stamp, server, event, method, path, by } = entry;
    const row = [
      // Without the count, which is for programs.
      stamp.slice(0, 24),
      server.slice(0, ID_CHARS),
      method ?? event,
      path ?? '-',
      by === undefined ? '-' : shortened(by),
    ].map(printable);
    const columns = row.map((text, column) => {
      const width = Math.max(this.#widths[column] as number, Math.min(text.length, WIDTH_MAX));
      this.#widths[column] = width;
      return text.padEnd(width);
    });
    return `${[...columns, printable(outcome(entry))].join('  ').trimEnd()}\n`;
  }
}

function outcome({ event, operation, detail, bytes, error, lost }: JournalEntry): string {
  if (event === 'lost') return `${lost} entries before this are lost`;
  const what: string[] = [];
  if (event === 'began' || event === 'ended') what.push(`${event} #${operation}`);
  if (event === 'done' && error === undefined) what.push('done');
  if (error !== undefined) what.push(error);
  if (bytes !== undefined) what.push(`${bytes} bytes`);
  if (detail !== undefined) what.push(detail);
  return what.join(', ');
}

/** A server as in its own column; an address as it is. */
function shortened(by: string): string {
  return by.replace(/X[0-9a-f]{16}$/, (id) => id.slice(0, ID_CHARS));
}

/** What servers tell is shown, and does nothing to the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
