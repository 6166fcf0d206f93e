/** Answers that may be longer than a frame: the reply holds the beginning, a stream the rest. */

import { limits } from '../limits.ts';
import type { Call, CallEvents } from './call.ts';

/** Answers with all of `bytes` and ends. The events, installed here, keep a long answer going. */
export function replyLong(call: Call, bytes: Uint8Array): CallEvents {
  if (bytes.length <= limits.dataBytesMax) {
    call.reply(bytes, { end: true });
    return call.events;
  }
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
  };
  call.events = { room: pump };
  pump();
  return call.events;
}
