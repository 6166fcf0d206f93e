/** What a session goes by, and what it shares with all others of a server. */

import { Budget } from '../budget.ts';
import { type CircuitError, pastLimit } from '../errors.ts';
import { type Limits, limits } from '../limits.ts';

export interface SessionBounds {
  readonly callsInFlightMax: number;
  readonly unsentBytesMax: number;
  /** Calls of peers. */
  readonly calls: Budget;
  readonly unsent: Budget;
  /** For what is kept for peers: see Call.held. */
  readonly held: Budget;
}

/** Of all sessions of one server. */
export function boundsOf(limits: Limits): SessionBounds {
  const { callsInFlightMax, unsentBytesMax, callsMax, unsentAllBytesMax, heldBytesMax } = limits;
  return {
    callsInFlightMax,
    unsentBytesMax,
    calls: new Budget(callsMax),
    unsent: new Budget(unsentAllBytesMax),
    held: new Budget(heldBytesMax),
  };
}

/** Of a session that shares nothing. */
export function boundsAlone(): SessionBounds {
  const none = Number.POSITIVE_INFINITY;
  return boundsOf({ ...limits, callsMax: none, unsentAllBytesMax: none, heldBytesMax: none });
}

/** Why a call that a peer opened is not taken: with it, so many of its calls are in flight. */
export function excessOf(
  { callsInFlightMax: most, calls }: SessionBounds,
  theirCalls: number,
  bodyBytes: number,
): CircuitError | undefined {
  const { bodyBytesMax } = limits;
  const many = 'too many calls are in flight';
  if (theirCalls > most) {
    return pastLimit(`${many} on this connection`, 'callsInFlightMax', most);
  }
  if (calls.used > calls.max) return pastLimit(`${many} at this server`, 'callsMax', calls.max);
  if (bodyBytes <= bodyBytesMax) return undefined;
  return pastLimit('the request is too long', 'bodyBytesMax', bodyBytesMax);
}
