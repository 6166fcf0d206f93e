/** Every method: its request, and what it answers with. Their order is their number on the wire. */

import { commandCodec } from '../element/command.ts';
import { limits } from '../limits.ts';
import type { Codec } from '../wire/codec.ts';
import { boolean, bytes, integer, list, type Of, optional, struct, text } from '../wire/schema.ts';
import { serverId } from '../wire/server-id.ts';

const path = text(limits.pathBytesMax);

/** The lines of a listing. */
export const entriesCodec = list(struct({ path, kind: text(32) }), limits.anchorsMax);

/** The servers present, as one of them sees them. */
export const membersCodec = struct({
  /** The name of the circuit; empty for one without a name. */
  circuit: text(64),
  members: list(
    struct({
      id: serverId,
      url: text(512),
      /** When it started, in wall-clock milliseconds of its own clock. */
      joined: integer(),
      /** How long ago that was, in milliseconds, by the clock of who answers. */
      ageMs: integer(),
      incarnation: integer(),
      /** With how many servers it keeps a connection. */
      neighbours: integer(),
      /** In microseconds. Measured between neighbours alone. */
      roundTripUs: optional(integer()),
      suspected: boolean,
    }),
    limits.membersMax,
  ),
});

const table = {
  /** The children of an anchor, or its subtree. Answers with `entriesCodec`, long. */
  list: struct({ path, recursive: boolean }),
  /** The state of an element. Answers with JSON, long; null when the anchor is empty. */
  peek: struct({ path }),
  /** Removes an element, with `kill` also the process behind it. */
  scrub: struct({ path, kill: boolean }),
  /** Runs a process. Answers once it runs. */
  makeProc: struct({ path, command: commandCodec }),
  makeChan: struct({ path, capacity: integer() }),
  /** Sends a message: its head here, the rest as the caller's stream. */
  send: struct({ path, head: bytes(limits.messageHeadBytes) }),
  /** Receives a message: by an offer, and where it is not whole by a stream after the reply. */
  receive: struct({ path }),
  close: struct({ path }),
  /** The caller's stream becomes the standard input of a process. */
  stdin: struct({ path }),
  /** Output of a process as a stream, which the caller ends once it has used it up. */
  stdout: struct({ path }),
  stderr: struct({ path }),
  signal: struct({ path, name: text(64) }),
  /** Answers with the state of a process, as peek, once it has exited. */
  wait: struct({ path }),
  /** The server joins the circuit of that URL. */
  join: struct({ url: text(512) }),
  /** The server leaves its circuit and ends. */
  leave: struct({}),
  /** The servers present, as this one sees them. Answers with `membersCodec`, long. */
  members: struct({}),
  /** The kind of the element, as a listing has it; nothing when the anchor is empty. */
  kind: struct({ path }),
  /** As `send` of a message that the head is all of, but never waits: fails with WOULD_BLOCK. */
  trySend: struct({ path, head: bytes(limits.messageHeadBytes) }),
  /** As `receive`, but never waits: fails with WOULD_BLOCK. */
  tryReceive: struct({ path }),
  /** Answers once a send would not wait, or would fail: a hint, since others may be quicker. */
  awaitSend: struct({ path }),
  /** The same for a receive. */
  awaitReceive: struct({ path }),
  /** Runs a container; `command` is JSON, as mkdkr reads it. Answers once it runs. */
  makeDocker: struct({ path, command: text(limits.bodyBytesMax) }),
  /** Makes a DNS server; an empty address is any free port on the address of the server. */
  makeDns: struct({ path, address: text(512) }),
  /** Adds one record to a DNS server, in the syntax of a zone file. */
  setRecord: struct({ path, record: text(limits.recordBytesMax) }),
  /** Removes all records of a name. */
  unsetRecords: struct({ path, name: text(limits.recordBytesMax) }),
  /** Makes a subscription; `source` is `join` or `leave`. */
  makeSubscription: struct({ path, source: text(16) }),
  /** Makes a select; `clauses` is JSON, as mkselect reads it. */
  makeSelect: struct({ path, clauses: text(limits.bodyBytesMax) }),
  /** The server ends at once, without a goodbye to the others. */
  suicide: struct({}),
  /** What the server is doing, as text, long. */
  stacks: struct({}),
  /** What the server takes and does, as JSON, long. */
  stats: struct({}),
  /** Samples what the server computes for so long. Answers with a .cpuprofile, long. */
  profile: struct({ ms: integer() }),
  /**
   * The journal from entry number `from` on, or what is left of it: JSON lines as a stream. With
   * `follow` the stream goes on until the caller cancels.
   */
  journal: struct({ from: integer(), follow: boolean }),
};

export type MethodName = keyof typeof table;

/** The request of a method. */
export type Request<M extends MethodName> = Of<(typeof table)[M]>;

export const methodNames = Object.keys(table) as readonly MethodName[];

export function requestCodec<M extends MethodName>(name: M): Codec<Request<M>> {
  return table[name] as unknown as Codec<Request<M>>;
}

const numbers = new Map(methodNames.map((name, number) => [name, number]));

export function methodNumber(name: MethodName): number {
  return numbers.get(name) as number;
}
