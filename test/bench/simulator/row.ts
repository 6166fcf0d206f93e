/** One row of the report on the simulator: what was run, what was to be reached, and what was. */

/** A number, with what it is to be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One row of the table. */
export interface Row {
  readonly name: string;
  /** The command that repeats it. */
  readonly command: string;
  readonly figures: readonly Figure[];
  /** What else is to be known of it. */
  readonly notes: readonly string[];
  /** Why there are no figures, or which guarantee broke. */
  readonly error?: string;
  readonly commit: string;
  /** ISO 8601, when it was over. */
  readonly date: string;
}

export interface Circumstances {
  readonly command: string;
  readonly machine: string;
  readonly node: string;
}

/** The whole report. */
export interface Results extends Circumstances {
  readonly rows: readonly Row[];
}

export function isReached({ value, atLeast, atMost }: Figure): boolean {
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}

/** The report as a table, with the notes below it. */
export function markdown({ command, machine, node, rows }: Results): string {
  const lines = rows.map((row) => {
    const cells = row.error === undefined ? row.figures.map(cellOf) : [`**failed**: ${row.error}`];
    return `| ${row.name} | ${cells.join('<br>')} | ${row.commit}, ${row.date.slice(0, 10)} |`;
  });
  return `${[
    '# The simulator: how fast, how large, how small',
    '',
    `- machine: ${machine}; one core unless said otherwise`,
    `- node: ${node}`,
    `- command: \`${command}\``,
    '',
    'Whole servers, the same code as on real hosts, with full views and the LAN profile. Speed is',
    'virtual time by wall-clock time, start-up and checkers included. Memory is the most that the',
    'process had, Node itself included.',
    '',
    '| case | reached | of |',
    '| --- | --- | --- |',
    ...lines,
    '',
    ...rows.flatMap((row) => [
      `- ${row.name}: \`${row.command}\`${row.notes.map((note) => `; ${note}`).join('')}`,
    ]),
  ].join('\n')}\n`;
}

function cellOf(figure: Figure): string {
  const { name, value, unit, atLeast, atMost } = figure;
  const shown = `${name} **${numberOf(value)}**${unit === '' ? '' : ` ${unit}`}`;
  const bound = atLeast === undefined ? atMost : atLeast;
  if (bound === undefined) return shown;
  const goal = `goal ${atLeast === undefined ? 'at most' : 'at least'} ${numberOf(bound)}`;
  return `${shown} (${goal}: ${isReached(figure) ? 'reached' : 'NOT reached'})`;
}

function numberOf(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
