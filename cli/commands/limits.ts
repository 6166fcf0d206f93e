import { Command, Option } from 'clipanion';
import { allLimits, type LimitState } from '../../src/index.ts';
import { jsonText } from '../format.ts';
import { sizeText } from '../limits.ts';
import { print } from '../output.ts';
import type { Context } from '../usage.ts';

export class LimitsCommand extends Command<Context> {
  static override paths = [['limits']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'list the limits of a server',
    details: `
      Prints one line for each limit: its name and value, what it bounds, and what happens beyond it.
      \`LIMIT\` and \`BAD_ARGUMENT\` are the errors of who goes past it.

      Those are listed that \`circuit start --limit NAME=VALUE\` changes, for that one server; with
      \`--all\` also those that cannot be changed, since all servers and clients rely on them.
      \`circuit peek /Xid\` shows what a server was started with, and how much of it is used.

      With \`--json\`, an array of objects: \`name\`, \`unit\` (bytes, ms, characters or count),
      \`value\`, \`what\`, \`beyond\`, and \`range\`, the least and most that it may be changed to, or
      null.
    `,
    examples: [
      ['What may be changed', '$0 limits'],
      ['Every bound, for programs', '$0 limits --all --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'Print it as one line of JSON' });
  all = Option.Boolean('-a,--all', false, { description: 'Also those that cannot be changed' });

  async execute(): Promise<number> {
    const shown = allLimits().filter(({ range }) => this.all || range !== undefined);
    await print(this.json ? jsonText(shown.map(objectOf), { json: true }) : linesOf(shown));
    return 0;
  }
}

function objectOf({ name, unit, value, what, beyond, range }: LimitState): object {
  return { name, unit, value, what, beyond, range: range ?? null };
}

function linesOf(shown: readonly LimitState[]): string {
  const rows = shown.map((each) => [
    each.name,
    sizeText(each),
    `${each.what}; beyond: ${each.beyond}`,
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [names, values] = [width(0), width(1)];
  return rows
    .map(
      ([name = '', value = '', text]) =>
        `${name.padEnd(names)}  ${value.padStart(values)}  ${text}\n`,
    )
    .join('');
}
