/** The first frame of each side: who am I, and whom do I expect? */

import {
  type CircuitName,
  isCircuitName,
  isRunId,
  isServerId,
  type RunId,
  type ServerId,
} from '../id.ts';
import type { Codec } from '../wire/codec.ts';
import { checked, optional, struct, text } from '../wire/schema.ts';
import { PROTOCOL_VERSION } from '../wire/version.ts';

export interface Hello extends Introduction {
  /** Of a peer of another version this alone is known. */
  readonly version: number;
}

interface Introduction {
  /** Undefined for a client. */
  readonly server: ServerId | undefined;
  /** The URL of a server; empty for a client. */
  readonly url: string;
  /** The run that the dialler was sent to; undefined when any will do. */
  readonly expects: RunId | undefined;
  /** The name of a server's circuit; empty for one without a name, and for a client. */
  readonly circuit: CircuitName;
}

/** The `circuit` of those who have none to name. */
export const NO_NAME = '' as CircuitName;

const introduction: Codec<Introduction> = struct({
  server: optional(checked(17, isServerId)),
  url: text(512),
  expects: optional(checked(17, isRunId)),
  circuit: checked(64, isCircuitName),
});

const unread: Introduction = { server: undefined, url: '', expects: undefined, circuit: NO_NAME };

/** The version comes first in every version; what follows another one is not ours to read. */
export const helloCodec: Codec<Hello> = {
  write(writer, hello) {
    writer.varint(hello.version);
    introduction.write(writer, hello);
  },
  read(reader) {
    const version = reader.varint(1_000_000);
    if (version === PROTOCOL_VERSION) return { version, ...introduction.read(reader) };
    reader.rest();
    return { version, ...unread };
  },
};
