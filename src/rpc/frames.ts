/** The frames of a session. Each is: u8 type, varint call, then what is said here. */

import type { ServerId } from '../id.ts';
import type { Reader, Writer } from '../wire/codec.ts';
import { serverId } from '../wire/server-id.ts';

export const Frame = {
  /** u32 magic, Hello. The first frame of each side. Call 0. */
  HELLO: 0,
  /** u8 flags (END: no request stream), varint method, block target, varint credit, body. */
  OPEN: 1,
  /** u8 flags (END: no answer stream), body. The answer counts. */
  REPLY: 2,
  /**
   * u8 flags (END: the payload is all of it), varint number, payload. An answer that counts only
   * once the caller has taken it and a REPLY has confirmed that. A newer offer replaces an older
   * one: an offer may be withdrawn until it is confirmed, so what is offered to a caller that died
   * goes to another, and no two ever get it.
   */
  OFFER: 3,
  /** varint number. The caller takes that offer. */
  TAKE: 4,
  /** u8 flags (END: the last), bytes. */
  DATA: 5,
  /** varint count: so many more bytes may be sent. */
  CREDIT: 6,
  /** u8 flags (UNKNOWN: it may have taken effect), text code, text message. Ends the call. */
  ERROR: 7,
  /** The caller no longer wants it. The callee still answers, with whichever came first. */
  CANCEL: 8,
  /** Bytes outside any call: what servers tell each other. */
  NOTE: 9,
  PING: 10,
  PONG: 11,
  /** text code, text message. The session is over. */
  GOODBYE: 12,
} as const;

export const FLAG_END = 1;
export const FLAG_UNKNOWN = 1;

const TARGET_BYTES = 8;

/** A server id as a block of eight bytes; of no bytes for "whoever is dialled". */
export function writeTarget(writer: Writer, target: ServerId | undefined): void {
  writer.varint(target === undefined ? 0 : TARGET_BYTES);
  if (target !== undefined) serverId.write(writer, target);
}

export function readTarget(reader: Reader): ServerId | undefined {
  const length = reader.varint(TARGET_BYTES);
  if (length === 0) return undefined;
  return length === TARGET_BYTES ? serverId.read(reader) : reader.fail();
}
