import { Command, type CommandClass, Option } from 'clipanion';
import { CircuitError, type ErrorCode, errorCodes } from '../../src/index.ts';
import { jsonText } from '../format.ts';
import { print } from '../output.ts';
import { type CommandTable, type Context, describe, usageOf } from '../usage.ts';

export class HelpCommand extends Command<Context> {
  static override paths = [['help']];
  static override usage = Command.Usage({
    category: 'Help',
    description: 'show all commands, or one of them',
    examples: [
      ['How to list anchors', '$0 help ls'],
      ['All of it, for programs', '$0 help --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'Print it as one line of JSON' });
  about = Option.String({ name: 'COMMAND', required: false });

  async execute(): Promise<number> {
    const { commands } = this.context;
    const names = this.about === undefined ? Object.keys(commands) : [this.about];
    const classes = await Promise.all(names.map((name) => find(name, commands)));
    if (this.json) {
      const all = classes.map((each, at) => ({ name: names[at], ...describe(each) }));
      await print(jsonText(this.about === undefined ? all : all[0], { json: true }));
    } else {
      const [only] = classes;
      const one = this.about !== undefined && only !== undefined;
      await print(one ? usageOf(only) : overview(names, classes));
    }
    return 0;
  }
}

async function find(name: string, commands: CommandTable): Promise<CommandClass<Context>> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return await load();
  throw new CircuitError(
    'BAD_ARGUMENT',
    `there is no command "${name.slice(0, 100)}"; "circuit help" lists the commands`,
  );
}

function overview(names: readonly string[], classes: readonly CommandClass<Context>[]): string {
  const byCategory = new Map<string, string[]>();
  const width = Math.max(...names.map((name) => name.length)) + 1;
  classes.forEach(({ usage }, at) => {
    const category = usage?.category ?? 'Others';
    const line = `  ${(names[at] as string).padEnd(width)} ${usage?.description ?? ''}\n`;
    byCategory.set(category, [...(byCategory.get(category) ?? []), line]);
  });
  const sections = [...byCategory].map(([category, lines]) => `${category}\n${lines.join('')}`);
  return `${head}\n${sections.join('\n')}\n${tail()}`;
}

const head = `circuit: one small server per host, and processes and channels in one namespace.

  circuit start                  start a server; prints its URL
  circuit start -j URL           start another that joins it
  circuit ls -d URL /            list the servers
  circuit COMMAND --help         all about one command
`;

const meanings: Readonly<Record<ErrorCode, string>> = {
  BAD_ARGUMENT: 'the arguments do not make sense',
  NO_SUCH_SERVER: 'no server of the circuit has this id',
  NO_SUCH_ANCHOR: 'nothing is at this path',
  ANCHOR_BUSY: 'the anchor already has an element',
  WRONG_KIND: 'the element is of another kind than the command needs',
  CHANNEL_CLOSED: 'the channel is closed',
  ABORTED: 'the element was scrubbed meanwhile',
  PEER_GONE: 'the other end of a message went away half-way',
  SERVER_GONE: 'the server of the element, or the one dialled, is gone',
  TIMEOUT: 'the time allowed is over',
  CANCELLED: 'interrupted',
  DIAL_FAILED: 'no server could be dialled',
  LIMIT: 'a bound of the system was reached',
  SPAWN_FAILED: 'the process, container or name server could not be started',
  NOT_RUNNING: 'the process is not in the state that the command needs',
  STREAM_BUSY: 'somebody else is at this stream of the process',
  PROTOCOL: 'the peer broke the protocol, or speaks another version',
  NOT_SUPPORTED: 'this server, or this version, cannot do that',
  WRONG_CIRCUIT: 'the server is of a circuit with another name',
  WOULD_BLOCK: 'the operation would have to wait, and was not to',
  ENGINE_FAILED: 'the container engine does not answer, or refuses',
  WRONG_KEY: 'the two sides have no key in common, or one of them has none',
};

/** The exit codes are those of the errors, and the errors are said in one place. */
function tail(): string {
  const codes = Object.entries(errorCodes).map(
    ([code, number]) =>
      `  ${String(number).padStart(3)} ${code.padEnd(14)} ${meanings[code as ErrorCode]}\n`,
  );
  return `Which server is asked: the one of -d URL; or else one that is found by the multicast address of
-discover or CIRCUIT_DISCOVER; or else that of the URL in the file that CIRCUIT names.

Exit codes (wait --status exits with that of the process)
    0 success
${codes.join('')}   70 a bug in circuit
  129 HUP; of a server, as the second signal
  130 a second INT
  141 whoever read our output went away
  143 a second TERM
Those of simulations, 1 and 4 among them, are told by "circuit help sim".
`;
}
