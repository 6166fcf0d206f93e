/** What the help says of one command. */

import { type BaseContext, Cli, type CommandClass } from 'clipanion';

export const binaryName = 'circuit';

/** Where the code of each command is. */
export type CommandTable = Readonly<Record<string, () => Promise<CommandClass<Context>>>>;

/** What a command is told of the program around it. */
export interface Context extends BaseContext {
  readonly commands: CommandTable;
}

export function usageOf(commandClass: CommandClass<Context>): string {
  const cli = Cli.from(commandClass, { binaryName });
  const colored = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  // The parser names no arguments of options.
  return cli.usage(commandClass, { detailed: true, colored }).replace(/ #0 /g, ' ARG');
}
