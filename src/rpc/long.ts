/** Answers that may be longer than a frame: the reply holds the beginning, a stream the rest. */

import { pastLimit } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from './call.ts';

/**
 * Answers with all of `bytes` and ends. The events, installed here, keep a long answer going. Fails
 * the call with LIMIT where there is no room to keep it until it is read.
 */
export function replyLong(call: Call, bytes: Uint8Array): CallEvents {
  if (bytes.length <= limits.dataBytesMax) {
    call.reply(bytes, { end: true });
    return call.events;
  }
  const { held } = call;
  if (!held.take(bytes.length)) {
    call.fail(pastLimit('the answer is too long for what is left here', 'heldBytesMax', held.max));
    return call.events;
  }
  let kept = bytes.length;
  const free = () => {
    held.give(kept);
    kept = 0;
  };
  call.reply(bytes.subarray(0, limits.dataBytesMax), { end: false });
  let at = limits.dataBytesMax;
  const pump = () => {
    while (at < bytes.length) {
      const room = call.room();
      if (room === 0) return;
      const part = bytes.subarray(at, at + room);
      at += part.length;
      call.data(part);
    }
    call.end();
    free();
  };
  call.events = { room: pump, failed: free };
  pump();
  return call.events;
}
