/** What is known of sessions, one by one; links.ts keeps them. */

import { CircuitError } from '../errors.ts';
import type { CloseReason, Connection, ConnectionEvents, Timer } from '../host/index.ts';
import type { Address, ServerId } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import type { Limits } from '../limits.ts';
import type { DialFailure, EdgeEnd } from '../membership/event.ts';
import type { SessionBounds } from '../rpc/bounds.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import type { Open, Session } from '../rpc/session.ts';
import { isNoCommonKey, noCommonKey } from '../rpc/turned-away.ts';
import { SECOND } from '../time.ts';

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
  /** That connection; see Reading.relayed. */
  readonly link: Link;
}

/** Whom we could not reach. */
export interface FailedDial {
  readonly address: Address;
  /** Undefined for a seed. */
  readonly peer: ServerId | undefined;
}

/** A session, for people. */
export interface SessionState {
  /** Undefined for a client, and for who has not said yet who it is. */
  readonly peer: ServerId | undefined;
  readonly address: Address;
  readonly dialled: boolean;
  readonly introduced: boolean;
  /** Calls in flight, both ways. */
  readonly calls: number;
  readonly unsentBytes: number;
  readonly sinceUs: number;
}

/** One session and what we know of it. */
export interface Link {
  session: Session;
  connection: Connection;
  /** Whom we dialled; undefined for a seed, of whom only the address is known. */
  readonly expected: ServerId | undefined;
  readonly dialled: Address | undefined;
  /** Known since the introduction; undefined before, and for clients. */
  peer: ServerId | undefined;
  /** Nothing but calls needs it any more: it is closed when it has been idle. */
  unwanted: boolean;
  /** The peer has said goodbye to all: only what was under way goes on, while the peer lets it. */
  parted: boolean;
  lastCallAt: number;
  /** Since when it stands. */
  stoodAt: number;
  /** Until the introduction. */
  patience: Timer | undefined;
  end: EdgeEnd;
}

/** What Links are told beside what they cannot do without. */
export interface LinksOptions {
  /** Stamp what is said on calls; it is not stamped without. */
  readonly stamps?: Stamps;
  readonly limits?: Limits;
  /** What its sessions have together; by its limits without. */
  readonly bounds?: SessionBounds;
  /** Whether that server is in the circuit. */
  readonly isMember?: (peer: ServerId) => boolean;
}

/** Of a connection that is new; its session is to be set at once. */
export function newLink(
  connection: Connection,
  { now, ...to }: Pick<Link, 'expected' | 'dialled'> & { readonly now: number },
): Link {
  return {
    session: undefined as never,
    connection,
    ...to,
    peer: undefined,
    unwanted: false,
    parted: false,
    lastCallAt: now,
    stoodAt: now,
    patience: undefined,
    end: 'ended',
  };
}

/** A peer that hangs up before it said who it is may be busy: that proves nothing. */
export function dialEnd(end: EdgeEnd): DialFailure {
  return end === 'reset' || end === 'ended' ? 'unreachable' : end;
}

/** Takes note of why a connection ended; the error is for what was under way on it. */
export function endOf(link: Link, reason: CloseReason): CircuitError {
  if (isNoCommonKey(reason)) {
    link.end = 'unreachable';
    return new CircuitError('WRONG_KEY', noCommonKey(reason));
  }
  if (reason !== 'local') link.end = reason;
  return serverGone(link.peer ?? link.expected);
}

/** Older sessions with a peer that dials us are dead, in us: dials take less, there and here. */
const STALE_US = 5 * SECOND;

/**
 * Whether a session with a server is dead when the server dials another one. Not if that is under
 * another key: then it is on its way to that, and still uses the one before.
 */
export function isStale(link: Link, by: Link): boolean {
  return link.connection.key === by.connection.key && by.stoodAt - link.stoodAt > STALE_US;
}

/** Of a connection of which nothing is heard yet. */
export const ignored: ConnectionEvents = {
  received: () => {},
  drained: () => {},
  closed: () => {},
};

/** Too many who did not introduce themselves. */
export function tooMany(): CircuitError {
  return new CircuitError('LIMIT', 'too many connections are being opened');
}

/** What a peer was asked before it said who it is may be done all the same. */
export function noIntroduction(): CircuitError {
  return new CircuitError('TIMEOUT', 'no introduction in time', { outcomeUnknown: true });
}

/** What calls to that peer end with. */
export function serverGone(peer: ServerId | undefined): CircuitError {
  return new CircuitError('SERVER_GONE', `the server ${peer ?? 'dialled'} is gone`, {
    outcomeUnknown: true,
  });
}

/** What people are shown of a session. */
export function stateOf({ session, connection, peer, dialled, stoodAt }: Link): SessionState {
  return {
    peer,
    address: dialled ?? connection.remote,
    dialled: dialled !== undefined,
    introduced: session.peer !== undefined,
    calls: session.calls,
    unsentBytes: session.outbox.unsent,
    sinceUs: stoodAt,
  };
}
