/** The frames of a session. Each is: u8 type, varint call, then what is said here. */

import type { ServerId } from '../id.ts';
import type { Stamp } from '../journal/stamp.ts';
import type { Reader, Writer } from '../wire/codec.ts';
import { GOODBYE } from '../wire/goodbye.ts';
import { serverId } from '../wire/server-id.ts';

export const Frame = {
  /** u32 magic, Hello. The first frame of each side. Call 0. */
  HELLO: 0,
  /**
   * u8 flags (END: no request stream, ASKER), varint method, block target, varint credit, with ASKER
   * a text, body. A server that relays says with ASKER for whom: the address of the client.
   */
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
  GOODBYE,
  /**
   * u48 wall, u16 count: the stamp of the sender, in front of the first frame of a call in whatever
   * is sent at once; see src/journal/stamp.ts. Call 0. Nothing else is stamped.
   */
  STAMP: 13,
} as const;

export const FLAG_END = 1;
export const FLAG_UNKNOWN = 1;
export const FLAG_ASKER = 2;

const TARGET_BYTES = 8;
const STAMP_BYTES = 8;

/** Whether what a frame says may cause something: credit does not, nor what is in no call. */
export function isStamped(type: number): boolean {
  return type >= Frame.OPEN && type <= Frame.CANCEL && type !== Frame.CREDIT;
}

/** What is wrong with a frame of that type which belongs to no call; '' for nothing. */
export function knownType(type: number): string {
  return type <= Frame.STAMP ? '' : 'a frame of unknown type';
}

/** The two halves of a stamp, as `readStamp` reads them. */
export function stampWords({ wall, count }: Stamp): readonly [number, number] {
  return [Math.floor(wall / 0x10000), (wall % 0x10000) * 0x10000 + count];
}

/** Undefined for what is no stamp. */
export function readStamp(reader: Reader): Stamp | undefined {
  if (reader.remaining !== STAMP_BYTES) return undefined;
  const high = reader.u32();
  const low = reader.u32();
  return { wall: high * 0x10000 + (low >>> 16), count: low & 0xffff };
}

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
