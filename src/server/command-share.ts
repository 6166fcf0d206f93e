/** What a server keeps of a command for as long as its element is there. */

import { type Budget, Share } from '../budget.ts';
import { pastLimit } from '../errors.ts';
import type { Limits } from '../limits.ts';

const utf8 = new TextEncoder();

/** Throws LIMIT where the texts of the command are too long, or there is no room to keep them. */
export function shareOf(command: object, { commandBytesMax }: Limits, held: Budget): Share {
  const bytes = bytesOf(command);
  if (bytes > commandBytesMax) {
    const what = `the command takes ${bytes} bytes, with its arguments and environment`;
    throw pastLimit(what, 'commandBytesMax', commandBytesMax);
  }
  const share = new Share(held);
  if (share.take(bytes)) return share;
  throw pastLimit('the server holds too much already', 'heldBytesMax', held.max);
}

/** Of all texts, each with one byte more, as the kernel has them. */
export function bytesOf(command: object): number {
  let bytes = 0;
  for (const field of Object.values(command)) {
    const texts = Array.isArray(field) ? field : [field];
    for (const text of texts) if (typeof text === 'string') bytes += utf8.encode(text).length + 1;
  }
  return bytes;
}
