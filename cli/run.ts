/**
 * From arguments to an exit code: finds the command, parses its options, runs it, and tells what
 * went wrong in one sentence. Only the command asked for is loaded and known to the parser.
 */

import { Cli } from 'clipanion';
import { CircuitError } from '../src/index.ts';
import { nearest } from './nearest.ts';
import { print } from './output.ts';
import { report } from './report.ts';
import type { Signals } from './signals.ts';
import { commands } from './table.ts';
import { binaryName, type Context, usageOf } from './usage.ts';

/** Runs one command; resolves with the exit code of the program. `signals`: for a server. */
export async function run(argv: readonly string[], signals?: Signals): Promise<number> {
  forgetCompileCache();
  const json = argv.includes('--json');
  process.on('uncaughtException', (error) => process.exit(report(error, { json })));
  try {
    return await dispatch(argv, signals);
  } catch (error) {
    return report(error, { json });
  }
}

async function dispatch(argv: readonly string[], signals?: Signals): Promise<number> {
  const [name = 'help', ...rest] = argv;
  if (name === '--version' || name === 'version') return printVersion();
  if (name === '--help' || name === '-h') return dispatch(['help', ...rest]);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw unknownCommand(name);
  const commandClass = await load(rest);
  if (asksForHelp(rest)) {
    await print(usageOf(commandClass));
    return 0;
  }
  // The parser gets no streams: nothing of it writes, and making them takes time.
  const cli = Cli.from<Context>(commandClass, { binaryName });
  const command = cli.process([name, ...rest], { colorDepth: 1, commands, signals });
  return await command.validateAndExecute();
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes('-h') || options.includes('--help');
}

async function printVersion(): Promise<number> {
  const { version } = await import('./version.ts');
  await print(`${version}\n`);
  return 0;
}

function unknownCommand(name: string): CircuitError {
  if (name.startsWith('-')) {
    return new CircuitError(
      'BAD_ARGUMENT',
      `the command comes first and its options after it, for example "circuit ls ${name} ... /"`,
    );
  }
  const meant = nearest(name, Object.keys(commands));
  const guess = meant === undefined ? '' : `did you mean "${meant}"? `;
  return new CircuitError(
    'BAD_ARGUMENT',
    `there is no command "${name.slice(0, 100)}"; ${guess}"circuit help" lists the commands`,
  );
}

/** bin/circuit speeds our start up with a cache that is no business of the processes we start. */
function forgetCompileCache(): void {
  const cache = process.env['NODE_COMPILE_CACHE'];
  if (cache?.endsWith('/node_modules/.cache/circuit')) delete process.env['NODE_COMPILE_CACHE'];
}
