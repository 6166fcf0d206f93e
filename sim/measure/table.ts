/** A table that a scenario adds to its report, such as one that compares things. */

import { assert } from '../../src/assert.ts';

/** A number, or a text where there is none: then it says why. */
export type Cell = number | string;

/** A table of a report. */
export interface Table {
  readonly title: string;
  /** Their headings; the first is of what the rows are called. */
  readonly columns: readonly string[];
  /** As many cells each as there are columns. */
  readonly rows: readonly (readonly Cell[])[];
}

/** Cells of one table; a report is for people, too. */
export const TABLE_CELLS_MAX = 10_000;

/** A table that is what its type cannot say. */
export function checkedTable(table: Table): Table {
  const { title, columns, rows } = table;
  assert(columns.length > 0, `the table "${title}" has columns`);
  assert(rows.length * columns.length <= TABLE_CELLS_MAX, `the table "${title}" is too large`);
  for (const row of rows) {
    assert(row.length === columns.length, `a row of the table "${title}" has not its columns`);
    const finite = row.every((cell) => typeof cell === 'string' || Number.isFinite(cell));
    assert(finite, `the table "${title}" holds texts and finite numbers`);
  }
  return table;
}
