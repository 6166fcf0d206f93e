import type { Address } from '../id.ts';

/** Gets each packet, and from where it came. */
export type OnDatagram = (from: Address, bytes: Uint8Array) => void;

/** Best-effort packets: each may be lost, repeated, delayed or reordered, but never corrupted. */
export interface Datagrams {
  readonly address: Address;
  /** The caller may use `bytes` again once `send` returns. Over-long ones are dropped. */
  send(to: Address, bytes: Uint8Array): void;
  /** From now on every packet goes there. */
  receive(onDatagram: OnDatagram): void;
  /** Sends and receives no more. */
  close(): void;
}

/**
 * Why a connection ended. `ended`: the peer closed it in order, everything it wrote has arrived.
 * `reset`: the peer, or its kernel, broke it. `refused`: nobody listens there. `timeout`: the peer
 * did not answer in time. `unreachable`: no way to it, or no such name. `local`: closed on this side. A dialled connection may
 * also come to nothing for `noKey`: we have keys, and the peer has none; and for `wrongKey`: it has
 * none of ours. It was told nothing then.
 */
export type CloseReason =
  | 'ended'
  | 'reset'
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'local'
  | 'noKey'
  | 'wrongKey';

/** What a connection tells. */
export interface ConnectionEvents {
  /** The dialled connection stands. Not called on accepted ones, which stand already. */
  opened?(): void;
  /** Bytes from the peer, in order. */
  received(bytes: Uint8Array): void;
  /** After a `write` that returned false: there is room again. */
  drained(): void;
  /** Once, when the key under which the connection stands was removed: see `outdated`. */
  outdated?(): void;
  /** Exactly once, last. */
  closed(reason: CloseReason): void;
}

/** A byte stream both ways: in order, nothing lost or doubled while it stands. */
export interface Connection {
  /** The peer's end. Of an accepted connection: not an address one could dial. */
  readonly remote: Address;
  /**
   * The key under which it stands was removed. Nothing new should begin on it: before long it is
   * reset.
   */
  readonly outdated: boolean;
  /**
   * Name of the key under which it stands. Two connections with one peer under different keys both
   * live: the peer is taking another key. Undefined without protection.
   */
  readonly key: string | undefined;

  /**
   * Writes before `opened` are kept until then. The connection owns `bytes` from here on.
   * Returns false when what is unsent exceeds a bound; the caller should wait for `drained`.
   */
  write(bytes: Uint8Array): boolean;

  /** Stops `received` events, and so in the end the peer's writes; `resume` starts them again. */
  pause(): void;
  /** Goes on with `received`. */
  resume(): void;

  /**
   * Closes in order once everything written has been sent. Nothing is received any more: what the
   * peer still sends until it sees our end is dropped, paused or not.
   */
  end(): void;

  /** Breaks the connection at once; what is unsent is lost and the peer sees `reset`. */
  reset(): void;
}

/** The connections of a host: those it accepts and those it dials. */
export interface Streams {
  readonly address: Address;
  /** Each connection a peer opens is handed to `onConnection`, which answers with its events. */
  accept(onConnection: (connection: Connection) => ConnectionEvents): void;
  /** Opens a connection; whether it comes to stand, the events tell. */
  dial(to: Address, events: ConnectionEvents): Connection;
  /** Dials are refused from now on; connections that stand are left alone. */
  stopAccepting(): void;
  /** Stops accepting and resets every connection. */
  close(): void;
}
