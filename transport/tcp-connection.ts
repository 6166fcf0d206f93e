/**
 * One TCP connection, dialled or accepted, as it is or with TLS over it.
 *
 * Writes of one turn of the event loop leave as one system call: the first of them corks the
 * socket, and it is uncorked when the turn is over. Many small frames then cost little more than
 * one large one.
 *
 * Closing in order is a matter of both sides, because TCP throws away what is under way when a
 * socket is closed with bytes unread. So after `end` we read on, deliver nothing, and close only
 * once the peer has closed too; the peer does so as soon as it sees our end. One that does not is
 * left behind after `lingerMs`.
 *
 * With TLS, nothing is written before the peer has proven that it has the key; and an end counts only
 * if the peer has said it within the stream (see envelope.ts), or else the stream is broken.
 */

import type { Socket } from 'node:net';
import type { CloseReason, Connection, ConnectionEvents } from '../src/host/network.ts';
import type { Address } from '../src/id.ts';
import { limits } from '../src/limits.ts';
import { Envelope, endMark, pieceHeader } from './security/envelope.ts';
import type { Protection } from './security/protection.ts';
import { resetThrough } from './security/reset.ts';

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

/** What a connection runs over. */
export interface Line {
  /** TCP. */
  readonly raw: Socket;
  readonly remote: Address;
  /** Without, what is written leaves as it is. */
  readonly protection?: Protection | undefined;
  /** Looks at the first bytes of the peer: what it answers is all that is ever said to that one. */
  readonly look?: ((bytes: Uint8Array) => Uint8Array | undefined) | undefined;
}

export class TcpConnection implements Connection {
  readonly remote: Address;
  outdated = false;
  readonly #raw: Socket;
  /** What is read and written: TLS, or TCP itself. */
  readonly #socket: Socket;
  readonly #protection: Protection | undefined;
  readonly #envelope: Envelope | undefined;
  readonly #events: ConnectionEvents;
  readonly #opening: 'connect' | 'secureConnect';
  #look: Line['look'];
  /** After `ending` and `broken` nothing is delivered but `closed`. */
  #state: 'open' | 'ending' | 'broken' | 'closed' = 'open';
  /** What we shall say once the socket has closed. */
  #reason: CloseReason = 'reset';
  #stood: boolean;
  #corked = false;
  #full = false;
  /** Written before the peer has proven who it is. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /** `open` hands the connection to its owner and returns what the owner wants to be told. */
  constructor(line: Line, open: (self: Connection) => ConnectionEvents) {
    const { raw, remote, protection } = line;
    const socket = protection?.stream ?? raw;
    this.remote = remote;
    this.#raw = raw;
    this.#socket = socket;
    this.#protection = protection;
    this.#envelope = protection === undefined ? undefined : new Envelope();
    this.#opening = protection === undefined ? 'connect' : 'secureConnect';
    this.#look = line.look;
    this.#stood = protection?.isProven ?? !raw.connecting;
    socket.on(this.#opening, () => this.#opened());
    socket.on('data', (bytes) => this.#received(bytes));
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => this.#failed(error));
    socket.on('end', () => this.#peerEnded());
    socket.on('close', () => this.#finish(this.#reason));
    this.#events = open(this);
  }

  get key(): string | undefined {
    return this.#protection?.key;
  }

  /** Calls `done` once a dialled connection stands, or is over. */
  settled(done: () => void): void {
    this.#socket.once(this.#opening, done);
    this.#socket.once('close', done);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open' || bytes.length === 0) return true;
    if (this.#protection === undefined) this.#send(bytes);
    else if (this.#stood) this.#sendPiece(bytes);
    else this.#hold(bytes);
    if (this.#socket.writableLength + this.#heldBytes <= limits.writeAheadBytes) return true;
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
    if (this.#protection === undefined || this.#stood) this.#sendEnd();
  }

  reset(): void {
    if (this.#state !== 'closed') this.abandon('local');
  }

  /** Closes at once, for a reason of ours, whatever state the connection is in. */
  abandon(reason: CloseReason): void {
    if (this.#state !== 'closed') this.#state = 'broken';
    this.#reason = reason;
    // Before it stands there is nothing to reset. And in the midst of its shutdown Node would lose the
    // handle: never closed, and no exit.
    const { writableEnded, writableFinished } = this.#socket;
    const shutting = writableEnded && !writableFinished;
    if (!this.#raw.connecting && !shutting) this.#reset();
    this.#socket.destroy();
  }

  /**
   * The program ends here and now. Of TCP the system closes what is open, and the peer sees it end;
   * inside TLS nobody would say so.
   */
  exit(): void {
    if (this.#protection === undefined || !this.#stood || this.#state !== 'open') return;
    if (this.#corked) this.#socket.uncork();
    this.#socket.write(endMark);
  }

  /** Its key was removed. It may stand for some time yet. */
  outdate(): void {
    if (this.outdated) return;
    this.outdated = true;
    const timeout = setTimeout(() => this.abandon('reset'), limits.outdatedMs).unref();
    this.#socket.once('close', () => clearTimeout(timeout));
    if (!this.#stood) this.abandon('reset');
    else if (this.#state === 'open') this.#events.outdated?.();
  }

  #opened(): void {
    if (this.#protection?.prove() === false) {
      this.abandon('wrongKey');
      return;
    }
    this.#stood = true;
    this.#heldBytes = 0;
    for (const bytes of this.#held.splice(0)) this.#sendPiece(bytes);
    if (this.#state === 'open') this.#events.opened?.();
    else if (this.#state === 'ending' && this.#protection !== undefined) this.#sendEnd();
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #sendPiece(bytes: Uint8Array): void {
    this.#send(pieceHeader(bytes.length));
    this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  #sendEnd(): void {
    if (this.#protection !== undefined) this.#send(endMark);
    this.#socket.end(() => this.#linger());
  }

  #received(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    // Not a Buffer: its `slice` shares memory where that of a Uint8Array copies.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#envelope !== undefined) {
      this.#unwrap(this.#envelope, plain);
      return;
    }
    const farewell = this.#look?.(plain);
    this.#look = undefined;
    if (farewell === undefined) this.#events.received(plain);
    else this.#turnAway(farewell);
  }

  #unwrap(envelope: Envelope, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#state === 'open'; ) {
      if (this.#socket.isPaused()) {
        this.#socket.unshift(bytes.subarray(at));
        return;
      }
      const { payload, next } = envelope.open(bytes, at);
      at = next;
      if (payload.length > 0) this.#events.received(payload);
      if (envelope.ended && this.#state === 'open') this.#close('ended');
    }
  }

  #turnAway(farewell: Uint8Array): void {
    this.#socket.write(farewell);
    this.#close('reset');
  }

  #drained(): void {
    if (this.#state !== 'open' || !this.#full) return;
    this.#full = false;
    this.#events.drained();
  }

  #failed(error: Error & { code?: string }): void {
    // After `end` a failure counts only while something is unsent; after `reset` never.
    if (this.#state === 'broken' || this.#socket.writableFinished) return;
    this.#reason =
      this.#protection?.failed(error) ??
      reasons[error.code ?? ''] ??
      (this.#stood ? 'reset' : 'unreachable');
  }

  #peerEnded(): void {
    if (this.#state !== 'open') return;
    if (this.#protection === undefined) {
      this.#finish('ended');
      this.#socket.destroySoon();
      this.#linger();
      return;
    }
    this.#protection.cut();
    this.abandon('reset');
  }

  /** Nothing more is read, and what was written still leaves. */
  #close(reason: CloseReason): void {
    this.#finish(reason);
    this.#socket.resume();
    this.#socket.end();
    this.#linger();
  }

  #linger(): void {
    if (this.#socket.destroyed) return;
    const timeout = setTimeout(() => this.#socket.destroy(), lingerMs).unref();
    this.#socket.once('close', () => clearTimeout(timeout));
  }

  #reset(): void {
    if (this.#socket.destroyed) return;
    if (this.#protection === undefined) this.#raw.resetAndDestroy();
    else resetThrough(this.#protection.stream, this.#raw);
  }

  #finish(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#events.closed(reason);
  }
}
