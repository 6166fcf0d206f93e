/** What is known of sessions, one by one; links.ts keeps them. */

import type { CircuitError } from '../errors.ts';
import type { Connection, Timer } from '../host/index.ts';
import type { Address, ServerId } from '../id.ts';
import type { DialFailure, EdgeEnd } from '../membership/event.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import type { Open, Session } from '../rpc/session.ts';

/** What a server is told of its sessions. */
export interface LinkEvents {
  /** A session with a server stands. */
  up(peer: ServerId, address: Address): void;
  /** The last session with that server ended. */
  down(peer: ServerId, reason: EdgeEnd): void;
  /** A dialled session never stood; `error` says why, in the words of the peer if it said any. */
  dialFailed(failed: FailedDial, reason: DialFailure, error: CircuitError): void;
  noted(peer: ServerId, bytes: Uint8Array): void;
  opened(call: Call, open: Open, from: Caller): CallEvents;
}

/** Who opened a call. */
export interface Caller {
  /** Undefined for a client. */
  readonly server: ServerId | undefined;
  /** Of the connection, as it is seen here. */
  readonly address: Address;
}

/** Whom we could not reach. */
export interface FailedDial {
  readonly address: Address;
  /** Undefined for a seed. */
  readonly peer: ServerId | undefined;
}
