/** The one frame that is said to peers with whom there is no session: why there will be none. */

import type { ErrorCode } from '../errors.ts';
import { Writer } from './codec.ts';

/** Its type. What follows: text code, text message. */
export const GOODBYE = 12;

/** The whole frame. With its header it must keep limits.helloBytesMax: a stranger takes no more. */
export function goodbyeFrame(code: ErrorCode, message: string): Uint8Array {
  const writer = new Writer();
  writer.u32(0);
  writer.u8(GOODBYE);
  writer.varint(0);
  writer.text(code);
  writer.text(message);
  writer.patchU32(0, writer.length - 4);
  return writer.take();
}
