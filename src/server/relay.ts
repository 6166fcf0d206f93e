/**
 * Calls for another server: whatever is said on one side is said on the other. Credit travels end
 * to end, so a relaying server holds no more of a stream than the reader has asked for.
 */

import type { Call, CallEvents } from '../rpc/call.ts';

/** Makes the events of a call that repeat everything on another call. */
export function relayTo(other: () => Call): CallEvents {
  return {
    replied: (body, end) => other().reply(body, { end }),
    offered: (offer, complete, bytes) => other().offer(offer, complete, bytes),
    taken: (offer) => other().take(offer),
    data: (bytes) => other().data(bytes),
    ended: () => other().end(),
    granted: (bytes) => other().grant(bytes),
    cancelled: () => other().cancel(),
    failed: (error) => other().fail(error),
  };
}
