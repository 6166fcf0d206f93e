/** The JSON that `circuit mkproc` reads, checked field by field. */

import { badArgument } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Codec } from '../wire/codec.ts';
import { boolean, list, optional, struct, text } from '../wire/schema.ts';
import { environment, fieldsOf, flag, plainText, textList } from './fields.ts';

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
  const fields = fieldsOf(json, {
    what: 'command',
    example: '{"Path": "/bin/ls", "Args": ["/"]}',
    names: fieldNames,
  });
  const command = {
    Env: environment(fields.get('Env')),
    Dir: plainText('Dir', fields.get('Dir') ?? ''),
    Path: plainText('Path', fields.get('Path') ?? ''),
    Args: textList('Args', fields.get('Args')),
    Scrub: flag('Scrub', fields.get('Scrub') ?? false),
  };
  if (!command.Path.includes('/')) {
    throw badArgument('the field Path is the full path of a program, for example /bin/ls');
  }
  return command;
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
