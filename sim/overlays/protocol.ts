/**
 * Other ways for servers to find and watch each other, for comparison with this one: what they have
 * in common. Each is a state machine over the seams of a host, with messages of real bytes; the
 * shell around it is shell.ts.
 */

import type { Random } from '../../src/host/random.ts';
import { type Address, isAddress, type ServerId } from '../../src/id.ts';
import { type Codec, encode } from '../../src/wire/codec.ts';
import { checked, struct } from '../../src/wire/schema.ts';
import { serverId } from '../../src/wire/server-id.ts';
import type { SimHost } from '../host.ts';

/** A server, and where it is. A restart at the same address is another server. */
export interface Peer {
  readonly id: ServerId;
  readonly address: Address;
}

/** How a peer is written in messages. */
export const peer = struct({ id: serverId, address: checked(64, isAddress) });

/** What a protocol is told. */
export type OverlayEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'join'; readonly seed: Address }
  | { readonly type: 'leave' }
  | { readonly type: 'datagram'; readonly from: Address; readonly bytes: Uint8Array }
  /** A whole message over a connection. */
  | { readonly type: 'message'; readonly from: Address; readonly bytes: Uint8Array }
  /** A connection with that server broke, or did not come to stand. */
  | { readonly type: 'broken'; readonly peer: Address };

/** What a protocol wants done. */
export type OverlayEffect =
  | { readonly type: 'datagram'; readonly to: Address; readonly bytes: Uint8Array }
  /** Over a connection, which is dialled if none stands. */
  | { readonly type: 'message'; readonly to: Address; readonly bytes: Uint8Array }
  /** Connections with that server are not needed any more. */
  | { readonly type: 'hangUp'; readonly peer: Address }
  /** It takes that server for gone. */
  | { readonly type: 'gone'; readonly id: ServerId };

/** Where effects are appended. */
export type Out = OverlayEffect[];

/** What says a message of that form over a connection. */
export function saying<M>(form: Codec<M>): (to: Address, what: M, out: Out) => void {
  return (to, what, out) => out.push({ type: 'message', to, bytes: encode(form, what) });
}

/** The state machine of one server. */
export interface OverlayCore {
  /** Takes what happened, and appends what is to be done. */
  step(now: number, event: OverlayEvent, out: OverlayEffect[]): void;
  /** When the next tick is due. */
  deadline(): number;
  /** Those that it talks to. */
  neighbours(): Iterable<ServerId>;
  /** All that it holds to be there, itself left out. */
  known(): Iterable<ServerId>;
}

/** A server of an overlay that runs. */
export interface OverlayServer {
  readonly id: ServerId;
  /** Joins through the server at that address; again, if the last time came to nothing. */
  join(seed: Address): void;
  /** Says goodbye, and ends its process a moment later. */
  leave(): void;
  /** Those that it talks to: an edge of the overlay for each. */
  neighbours(): Iterable<ServerId>;
  /** All that it holds to be there, itself left out. */
  known(): Iterable<ServerId>;
}

/** One way for servers to find and watch each other. */
export interface OverlayProtocol {
  readonly name: string;
  /** Whether each server means to know of all others. */
  readonly knowsAll: boolean;
  /** Whether it has a goodbye. Where it has none, to leave is to be killed. */
  readonly saysGoodbye: boolean;
  /** Starts a server alone. `gone` is called for each server that it takes for gone. */
  start(host: SimHost, gone: (id: ServerId) => void): OverlayServer;
}

/** So many different ones by chance. */
export function sample<T>(random: Random, from: Iterable<T>, count: number): T[] {
  const left = [...from];
  const drawn = Math.min(count, left.length);
  for (let i = 0; i < drawn; i++) {
    const other = i + random.below(left.length - i);
    [left[i], left[other]] = [left[other] as T, left[i] as T];
  }
  return left.slice(0, drawn);
}
