/**
 * Calls for another server: whatever is said on one side is said on the other. Credit travels end
 * to end, so a relaying server holds no more of a stream than the reader has asked for.
 */

import type { Call, CallEvents } from '../rpc/call.ts';

/**
 * Makes the events of `self`, which repeat everything on `other`. While the peer of `self` reads
 * more slowly than we write, it is not told to `other` that more may come: so we hold what is under
 * way, and it grows no further.
 */
export function relayTo(self: () => Call, other: () => Call): CallEvents {
  let withheld = 0;
  const passCredit = () => {
    if (withheld === 0 || self().room() === 0) return;
    other().grant(withheld);
    withheld = 0;
  };
  return {
    replied: (body, end) => other().reply(body, { end }),
    offered: (offer, complete, bytes) => other().offer(offer, complete, bytes),
    taken: (offer) => other().take(offer),
    data: (bytes) => other().data(bytes),
    ended: () => other().end(),
    granted: (bytes) => {
      withheld += bytes;
      passCredit();
    },
    room: passCredit,
    cancelled: () => other().cancel(),
    failed: (error) => other().fail(error),
  };
}
