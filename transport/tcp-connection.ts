/**
 * One TCP connection, dialled or accepted.
 *
 * Writes of one turn of the event loop leave as one system call: the first of them corks the
 * socket, and it is uncorked when the turn is over. Many small frames then cost little more than
 * one large one.
 *
 * Closing in order is a matter of both sides, because TCP throws away what is under way when a
 * socket is closed with bytes unread. So after `end` we read on, deliver nothing, and close only
 * once the peer has closed too; the peer does so as soon as it sees our end. One that does not is
 * left behind after `lingerMs`.
 */

import type { Socket } from 'node:net';
import type { CloseReason, Connection, ConnectionEvents } from '../src/host/network.ts';
import type { Address } from '../src/id.ts';

/** What may be unsent before `write` says so. Enough for a fast link, little enough for many. */
export const unsentBytesMax = 1024 * 1024;

/** How long a peer may take to close its side after ours. */
const lingerMs = 5_000;

/** What the codes of the operating system mean. Others: it never stood, or it broke. */
const reasons: Readonly<Record<string, CloseReason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
};

export class TcpConnection implements Connection {
  readonly remote: Address;
  readonly outdated = false;
  readonly key: string | undefined = undefined;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  /** After `ending` and `broken` nothing is delivered but `closed`. */
  #state: 'open' | 'ending' | 'broken' | 'closed' = 'open';
  /** What we shall say once the socket has closed. */
  #reason: CloseReason = 'reset';
  #stood: boolean;
  #corked = false;
  #full = false;

  /** `open` hands the connection to its owner and returns what the owner wants to be told. */
  constructor(socket: Socket, remote: Address, open: (self: Connection) => ConnectionEvents) {
    this.remote = remote;
    this.#socket = socket;
    this.#stood = !socket.connecting;
    socket.on('connect', () => this.#opened());
    socket.on('data', (bytes) => this.#received(bytes));
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => this.#failed(error));
    socket.on('end', () => this.#peerEnded());
    socket.on('close', () => this.#finish(this.#reason));
    this.#events = open(this);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open' || bytes.length === 0) return true;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
    if (this.#socket.writableLength <= unsentBytesMax) return true;
    this.#full = true;
    return false;
  }

  pause(): void {
    if (this.#state === 'open') this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#reason = 'local';
    this.#socket.resume();
    this.#socket.end(() => this.#linger());
  }

  reset(): void {
    if (this.#state !== 'closed') this.abandon('local');
  }

  /** Closes at once, for a reason of ours, whatever state the connection is in. */
  abandon(reason: CloseReason): void {
    if (this.#state !== 'closed') this.#state = 'broken';
    this.#reason = reason;
    // Alone, it would first wait until everything is sent.
    // And in the midst of its shutdown Node would lose the handle: never closed, and no exit.
    const { connecting, destroyed, writableEnded, writableFinished } = this.#socket;
    const shutting = writableEnded && !writableFinished;
    if (!connecting && !destroyed && !shutting) this.#socket.resetAndDestroy();
    this.#socket.destroy();
  }

  #opened(): void {
    this.#stood = true;
    if (this.#state === 'open') this.#events.opened?.();
  }

  #received(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    // Not a Buffer: its `slice` shares memory where that of a Uint8Array copies.
    this.#events.received(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  #drained(): void {
    if (this.#state !== 'open' || !this.#full) return;
    this.#full = false;
    this.#events.drained();
  }

  #failed(error: Error & { code?: string }): void {
    // After `end` a failure counts only while something is unsent; after `reset` never.
    if (this.#state === 'broken' || this.#socket.writableFinished) return;
    this.#reason = reasons[error.code ?? ''] ?? (this.#stood ? 'reset' : 'unreachable');
  }

  #peerEnded(): void {
    if (this.#state !== 'open') return;
    this.#finish('ended');
    this.#socket.destroySoon();
    this.#linger();
  }

  #linger(): void {
    if (this.#socket.destroyed) return;
    const timeout = setTimeout(() => this.#socket.destroy(), lingerMs).unref();
    this.#socket.once('close', () => clearTimeout(timeout));
  }

  #finish(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#events.closed(reason);
  }
}
