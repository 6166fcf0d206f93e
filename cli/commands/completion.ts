import { networkInterfaces } from 'node:os';
import { Command, Option } from 'clipanion';
import { CircuitError, type Client, profiles, signals } from '../../src/index.ts';
import { ClientCommand } from '../command.ts';
import { givenFor, type Wanted, wantedAt } from '../completion/grammar.ts';
import { type Line, parseLine } from '../completion/line.ts';
import { scripts } from '../completion/scripts.ts';
import { levels } from '../levels.ts';
import { print } from '../output.ts';
import { orders } from '../top/figures.ts';

/** Who pressed a key does not wait longer for a server. */
const patienceSeconds = '1';

export class CompletionCommand extends ClientCommand {
  static override paths = [['completion']];
  static override usage = Command.Usage({
    category: 'Help',
    description: 'print what makes a shell complete command lines: bash, zsh or fish',
    details: `
      Completes commands, options, signals, and paths, for which it asks the server that the command
      would ask.
    `,
    examples: [
      ['In ~/.bashrc', 'source <($0 completion bash)'],
      ['In ~/.zshrc', 'source <($0 completion zsh)'],
      ['For fish', '$0 completion fish > ~/.config/fish/completions/circuit.fish'],
    ],
  });

  line = Option.String('--line', {
    description: 'Print what may follow in that LINE instead, one a line, as the scripts ask',
  });
  shell = Option.String({ name: 'SHELL', required: false });
  #path = '';

  override async execute(): Promise<number> {
    if (this.line !== undefined) return await this.#complete(parseLine(this.line));
    const script = Object.hasOwn(scripts, this.shell ?? '') ? scripts[this.shell ?? ''] : undefined;
    if (script === undefined) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `name the shell, one of ${Object.keys(scripts).join(', ')}: "circuit completion bash"`,
      );
    }
    await print(script);
    return 0;
  }

  protected override async work(client: Client): Promise<undefined> {
    const path = this.#path;
    const entries = async (parent: string) => {
      const below = await client.walk(parent === '' ? '/' : parent).view();
      return below.map((entry) => entry.path);
    };
    const siblings = await entries(path.slice(0, path.lastIndexOf('/')));
    // A name that is complete already is gone into.
    const children = siblings.includes(path) ? await entries(path) : [];
    await offer(path, [...siblings, ...children]);
  }

  async #complete(line: Line): Promise<number> {
    const wanted = await wantedAt(line, this.context.commands);
    if (wanted.type !== 'argument' || wanted.name !== 'PATH') {
      await offer(line.current, this.#words(wanted));
      return 0;
    }
    this.#path = line.current === '' ? '/' : line.current;
    this.dial = givenFor(line, '-d', '--dial');
    this.discover = givenFor(line, '-discover', '--discover');
    this.hmac = givenFor(line, '-hmac', '--hmac');
    this.timeout = patienceSeconds;
    // Whatever is wrong, a line that is being typed is not the place to say it.
    return await super.execute().catch(() => 0);
  }

  #words(wanted: Wanted): readonly string[] {
    const commands = Object.keys(this.context.commands);
    switch (wanted.type) {
      case 'command':
        return commands;
      case 'option':
        return wanted.names;
      case 'value':
        return Object.hasOwn(values, wanted.of) ? (values[wanted.of]?.() ?? []) : [];
      case 'argument':
        if (wanted.name === 'SHELL') return Object.keys(scripts);
        if (wanted.name === 'COMMAND') return commands;
        return wanted.command === 'signal' ? [...signals] : [];
      default:
        return [];
    }
  }
}

/** Option => the values that it may have. */
const values: Readonly<Record<string, () => readonly string[]>> = {
  '--profile': () => Object.keys(profiles),
  '--log': () => levels,
  '--sort': () => Object.keys(orders),
  '-if': () => Object.keys(networkInterfaces()),
  '--if': () => Object.keys(networkInterfaces()),
};

async function offer(typed: string, words: readonly string[]): Promise<void> {
  const fitting = words.filter((word) => word.startsWith(typed));
  await print(fitting.map((word) => `${word}\n`).join(''));
}
