/**
 * What is typed: the name of a command and its arguments, a line for each. They make a command, or a
 * sentence of what is wrong with them. Nothing is run.
 */

import { Cli } from 'clipanion';
import { nearest } from '../../../cli/nearest.ts';
import { commands } from '../../../cli/table.ts';
import { binaryName, type Context } from '../../../cli/usage.ts';
import { CircuitError } from '../../../src/errors.ts';
import { bytesOf, law, type Target, textOf } from '../target.ts';

const names = Object.keys(commands);
const words = [
  ...['-d', '-hmac', '--json', '--', '-', '-h', '--timeout', '--timeout=1', '-discover', '-a'],
  ...['-j', '-var', '-docker', '-if', '--file', '--follow', '--since', '-f', '--limit', '=', '--='],
  ...['/X0123456789abcdef/hi', 'circuit://127.0.0.1:1', 'KILL', '1', '-1', '1e9', '', '--no-json'],
];
/** As many as a line may have is a matter of the system; here it is one of time. */
const WORDS_MAX = 40;

export const typed: Target = {
  ...{ name: 'arguments', covers: [], text: true, share: 0.03, bytesBase: 32 * 1024 * 1024 },
  ...{ words: [...words, '\n'], bytesPerByte: 65_536 },
  generate: (draw) => {
    const rest = draw.list(6, () => (draw.oneIn(4) ? draw.text(9) : draw.pick(words)));
    return bytesOf([draw.pick(names), ...rest].join('\n'));
  },
  async run(input) {
    const [name = '', ...rest] = textOf(input).split('\n').slice(0, WORDS_MAX);
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) {
      const meant = nearest(name, names);
      law(meant === undefined || names.includes(meant), 'a command is meant that is none');
      return `unknown ${meant}`;
    }
    try {
      const cli = Cli.from<Context>(await load(rest), { binaryName });
      const command = cli.process([name, ...rest], { colorDepth: 1, commands, signals: undefined });
      law(typeof command.execute === 'function', 'a command cannot be run');
      return `${name} accepted`;
    } catch (error) {
      const isTold =
        error instanceof CircuitError || (error as Error & { clipanion?: object }).clipanion;
      if (!isTold) throw error;
      return `${name} refused`;
    }
  },
};
