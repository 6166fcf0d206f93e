/** What a command takes, read off its own definition: nothing is said of it a second time here. */

import type { CommandClass } from 'clipanion';
import { type CommandTable, type Context, describe } from '../usage.ts';
import type { Line } from './line.ts';

interface Grammar {
  /** Name of an option => whether a value follows it. */
  readonly options: ReadonlyMap<string, boolean>;
  /** The names of its arguments, in order. */
  readonly args: readonly string[];
}

/** What may stand at the cursor. */
export type Wanted =
  | { readonly type: 'command' }
  | { readonly type: 'option'; readonly names: readonly string[] }
  /** The value of that option. */
  | { readonly type: 'value'; readonly of: string }
  /** The argument of that name. */
  | { readonly type: 'argument'; readonly name: string; readonly command: string }
  | { readonly type: 'nothing' };

export async function wantedAt(line: Line, commands: CommandTable): Promise<Wanted> {
  const [command, ...rest] = line.words;
  if (command === undefined) return { type: 'command' };
  const load = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (load === undefined) return { type: 'nothing' };
  const { options, args } = grammarOf(await load(rest));
  let given = 0;
  let pending: string | undefined;
  for (const word of rest) {
    if (pending !== undefined) pending = undefined;
    else if (options.get(word) === true) pending = word;
    else if (!word.startsWith('-')) given++;
  }
  if (pending !== undefined) return { type: 'value', of: pending };
  if (line.current.startsWith('-')) return { type: 'option', names: [...options.keys()] };
  const name = args[given];
  return name === undefined ? { type: 'nothing' } : { type: 'argument', name, command };
}

/** The value given to an option before the cursor, by any of its names. */
export function givenFor(line: Line, ...names: readonly string[]): string | undefined {
  const at = line.words.findLastIndex((word) => names.includes(word));
  return at < 0 ? undefined : line.words[at + 1];
}

function grammarOf(commandClass: CommandClass<Context>): Grammar {
  const { options, usage } = describe(commandClass);
  const known = new Map<string, boolean>([['--help', false]]);
  for (const { names, value } of options) for (const name of names) known.set(name, value);
  // As in "circuit signal <NAME> <PATH>", where brackets are about what may be left out.
  const args = usage.split(' ').slice(3);
  return { options: known, args: args.map((arg) => arg.replace(/[^A-Z]/g, '')) };
}
