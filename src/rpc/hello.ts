/** The first frame of each side: who am I, and whom do I expect? */

import { isRunId, isServerId, type RunId, type ServerId } from '../id.ts';
import type { Codec } from '../wire/codec.ts';
import { checked, integer, optional, struct, text } from '../wire/schema.ts';

export interface Hello {
  readonly version: number;
  /** Undefined for a client. */
  readonly server: ServerId | undefined;
  /** The URL of a server; empty for a client. */
  readonly url: string;
  /** The run that the dialler was sent to; undefined when any will do. */
  readonly expects: RunId | undefined;
}

export const helloCodec: Codec<Hello> = struct({
  version: integer(1_000_000),
  server: optional(checked(17, isServerId)),
  url: text(512),
  expects: optional(checked(17, isRunId)),
});
