/** The JSON that `circuit mkproc` reads, checked field by field. */

import { CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Codec } from '../wire/codec.ts';
import { boolean, list, optional, struct, text } from '../wire/schema.ts';

/** What to run, with the field names of the original. */
export interface Command {
  /** `KEY=VALUE` each; null inherits the environment of the server. */
  readonly Env: readonly string[] | null;
  /** Empty: the directory of the server. */
  readonly Dir: string;
  readonly Path: string;
  /** Without the program's own name. */
  readonly Args: readonly string[] | null;
  /** Whether the element goes when the process exits. */
  readonly Scrub: boolean;
}

const fieldNames = ['Env', 'Dir', 'Path', 'Args', 'Scrub'] as const;

/** Checks a command given as JSON; field names in any case. Throws BAD_ARGUMENT. */
export function parseCommand(json: unknown): Command {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw bad('a command is a JSON object such as {"Path": "/bin/ls", "Args": ["/"]}');
  }
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(json)) {
    const name = fieldNames.find((each) => each.toLowerCase() === key.toLowerCase());
    if (name === undefined) {
      throw bad(`the command has an unknown field "${key}"; it may have ${fieldNames.join(', ')}`);
    }
    fields.set(name, value);
  }
  const command = {
    Env: textList('Env', fields.get('Env')),
    Dir: plainText('Dir', fields.get('Dir') ?? ''),
    Path: plainText('Path', fields.get('Path') ?? ''),
    Args: textList('Args', fields.get('Args')),
    Scrub: fields.get('Scrub') ?? false,
  };
  const { Scrub } = command;
  if (typeof Scrub !== 'boolean') throw bad('the field Scrub is true or false');
  if (!command.Path.includes('/')) {
    throw bad('the field Path is the full path of a program, for example /bin/ls');
  }
  for (const entry of command.Env ?? []) {
    if (!entry.includes('=')) throw bad(`the entry "${entry}" of Env is not of the form KEY=VALUE`);
  }
  return { ...command, Scrub };
}

const anyText = text(limits.bodyBytesMax);

/** Checked again by `parseCommand` where it is received. */
export const commandCodec: Codec<Command> = nullable(
  struct({
    Env: optional(list(anyText, limits.bodyBytesMax)),
    Dir: anyText,
    Path: anyText,
    Args: optional(list(anyText, limits.bodyBytesMax)),
    Scrub: boolean,
  }),
);

interface Wire {
  readonly Env: readonly string[] | undefined;
  readonly Dir: string;
  readonly Path: string;
  readonly Args: readonly string[] | undefined;
  readonly Scrub: boolean;
}

function nullable(wire: Codec<Wire>): Codec<Command> {
  return {
    write: (writer, { Env, Args, ...rest }) =>
      wire.write(writer, { ...rest, Env: Env ?? undefined, Args: Args ?? undefined }),
    read(reader) {
      const { Env, Dir, Path, Args, Scrub } = wire.read(reader);
      return { Env: Env ?? null, Dir, Path, Args: Args ?? null, Scrub };
    },
  };
}

function plainText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw bad(`the field ${name} is a string`);
  if (value.includes('\0')) throw bad(`the field ${name} may not hold a zero byte`);
  return value;
}

function textList(name: string, value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw bad(`the field ${name} is a list of strings`);
  return value.map((entry) => plainText(`${name}[]`, entry));
}

function bad(message: string): CircuitError {
  return new CircuitError('BAD_ARGUMENT', message);
}
