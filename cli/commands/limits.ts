import { Command, Option } from 'clipanion';
import { allLimits, CircuitError, type Client, type LimitState } from '../../src/index.ts';
import { limitsHere } from '../../transport/index.ts';
import { ClientCommand, naming } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { sizeText } from '../limits.ts';
import { print } from '../output.ts';

export class LimitsCommand extends ClientCommand {
  static override paths = [['limits']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'list the limits of a server',
    details: `
      Prints one line for each limit: its name and value, what it bounds, and what happens beyond it.
      \`LIMIT\` and \`BAD_ARGUMENT\` are the errors of who goes past it. With the PATH of a server, the
      values are those of that server; else those of one that is started here, without \`--limit\` and
      with as many descriptors (\`ulimit -Hn\`) as this command may have.

      Those are listed that \`circuit start --limit NAME=VALUE\` changes, for that one server; with
      \`--all\` also those that cannot be changed, since all servers and clients rely on them.
      \`circuit peek /Xid\` shows how much of its limits a server uses.

      With \`--json\`, an array of objects: \`name\`, \`unit\` (bytes, ms, characters or count),
      \`value\`, \`what\`, \`beyond\`, and \`range\`, the least and most that it may be changed to, or
      null.
    `,
    examples: [
      ['What may be changed', '$0 limits'],
      ['What a server has', '$0 limits /X317c2314a386a9db'],
      ['Every bound, for programs', '$0 limits --all --json'],
    ],
  });

  all = Option.Boolean('-a,--all', false, { description: 'Also those that cannot be changed' });

  anchor = Option.String({ name: 'PATH', required: false });

  override async execute(): Promise<number> {
    if (this.anchor !== undefined) return await super.execute();
    await this.#show(await limitsHere());
    return 0;
  }

  protected override async work(client: Client, { signal }: Interrupt) {
    const path = this.anchor as string;
    try {
      await this.#show(limitsIn(await client.walk(path).peek({ signal })));
    } catch (error) {
      throw naming(path, error);
    }
    return 0;
  }

  async #show(values: Readonly<Record<string, number>>): Promise<void> {
    const shown = allLimits()
      .filter(({ range }) => this.all || range !== undefined)
      .map((limit) => ({ ...limit, value: values[limit.name] ?? limit.value }));
    await print(this.json ? jsonText(shown.map(objectOf), { json: true }) : linesOf(shown));
  }
}

/** Those that a server tells with its state: what is used up, and what is not as usual. */
function limitsIn(state: unknown): Readonly<Record<string, number>> {
  const { Status: status } = (state ?? {}) as {
    Status?: { limits?: Record<string, { max: number }> };
  };
  if (status?.limits === undefined) {
    throw new CircuitError('BAD_ARGUMENT', 'this is no server: its path is / and its id');
  }
  return Object.fromEntries(Object.entries(status.limits).map(([name, { max }]) => [name, max]));
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
