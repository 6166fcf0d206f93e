/** What the help says of one command. */

import { type BaseContext, Cli, type CommandClass } from 'clipanion';
import type { Signals } from './signals.ts';

export const binaryName = 'circuit';

/** Where the code of each command is. What follows it may choose one of several. */
export type CommandTable = Readonly<
  Record<string, (rest?: readonly string[]) => Promise<CommandClass<Context>>>
>;

/** What a command is told of the program around it. */
export interface Context extends BaseContext {
  readonly commands: CommandTable;
  /** What was heard since the program began; for `start` alone. */
  readonly signals: Signals | undefined;
}

export function usageOf(commandClass: CommandClass<Context>): string {
  const cli = Cli.from(commandClass, { binaryName });
  const colored = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  // The parser names no arguments of options, and no options where none is required.
  return cli
    .usage(commandClass, { detailed: true, colored })
    .replace(/ #0\b ?/g, ' ARG')
    .replace(/^(.*?\$ ?.*?circuit \S+)/m, withOptions);
}

/** Every command has some. */
function withOptions(invocation: string): string {
  return `${invocation} [OPTIONS]`;
}

/** The same for programs. */
export interface Description {
  readonly category: string;
  readonly description: string;
  /** As `circuit signal [OPTIONS] <NAME> <PATH>`. */
  readonly usage: string;
  /** `value`: whether one follows it. */
  readonly options: readonly {
    readonly names: readonly string[];
    readonly value: boolean;
    readonly description: string;
  }[];
  readonly examples: readonly { readonly about: string; readonly command: string }[];
}

export function describe(commandClass: CommandClass<Context>): Description {
  const [definition] = Cli.from(commandClass, { binaryName }).definitions({ colored: false });
  const options = (definition?.options ?? []).map((option) => {
    const [names = '', value] = option.definition.split(' ');
    const { description = '' } = option;
    return { names: names.split(','), value: value !== undefined, description };
  });
  return {
    category: definition?.category?.trim() ?? '',
    description: definition?.description?.trim() ?? '',
    usage: (definition?.usage ?? '').replace(/^circuit \S+/, withOptions),
    options,
    examples: (definition?.examples ?? []).map(([about, command]) => ({ about, command })),
  };
}
