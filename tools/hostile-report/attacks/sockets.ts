/** Connections that an attacker holds: as many as it wants, opened again when they are cut. */

import { connect, type Socket } from 'node:net';
import { Envelope, pieceHeader } from '../../../transport/security/envelope.ts';
import { dialTls } from '../../../transport/security/tls.ts';
import { cut, Pace, someLoopback, type Target } from './attack.ts';

/** So many a second are opened, or opened again. */
const openPerSecond = 1_000;

/** A connection as those see it who speak on it, with a key or without. */
export interface Wire {
  say(words: Uint8Array): void;
  /** Calls `heard` with all that comes, and reads it. */
  hear(heard: (bytes: Uint8Array) => void): void;
}

export class Crowd {
  readonly counts = { opened: 0, stood: 0, cut: 0 };
  readonly #target: Target;
  readonly #begin: (socket: Socket, wire: Wire) => void;
  readonly #options: { readonly paused: boolean };
  readonly #all = new Set<Socket>();
  readonly #standing = new Set<Socket>();
  readonly #opening: Pace;

  /**
   * `begin` says the first words on each connection, within TLS for an attacker who has the keys;
   * `paused`: it never reads.
   */
  constructor(
    target: Target,
    begin: (socket: Socket, wire: Wire) => void,
    options: { readonly paused: boolean } = { paused: false },
  ) {
    this.#target = target;
    this.#begin = begin;
    this.#options = options;
    this.#opening = new Pace(openPerSecond, () => {
      if (this.#all.size < target.count) this.#open();
    });
  }

  /** Those that stand. */
  get sockets(): readonly Socket[] {
    return [...this.#standing];
  }

  on(): void {
    this.#opening.on();
  }

  async off(): Promise<void> {
    await this.#opening.off();
    for (const socket of this.#all) cut(socket);
  }

  #open(): void {
    const { host, port, random } = this.#target;
    this.counts.opened++;
    const local = host.startsWith('127.') ? { localAddress: someLoopback(random) } : {};
    const socket = connect({ host, port, ...local, noDelay: true });
    this.#all.add(socket);
    socket.on('error', () => {});
    const key = this.#target.keys?.[0];
    const stream = key === undefined ? socket : dialTls(socket, key);
    stream.on('error', () => {});
    stream.on(key === undefined ? 'connect' : 'secureConnect', () => {
      this.counts.stood++;
      this.#standing.add(socket);
      if (!this.#options.paused) stream.resume();
      this.#begin(socket, key === undefined ? plain(socket) : enveloped(stream));
    });
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.counts.cut++;
      this.#all.delete(socket);
      this.#standing.delete(socket);
    });
  }
}

function plain(socket: Socket): Wire {
  return {
    say: (words) => void socket.write(words),
    hear: (heard) => void socket.on('data', heard),
  };
}

function enveloped(stream: Socket): Wire {
  const envelope = new Envelope();
  return {
    say(words) {
      stream.write(Buffer.concat([pieceHeader(words.length), words]));
    },
    hear(heard) {
      stream.on('data', (bytes: Buffer) => {
        for (let at = 0; at < bytes.length; ) {
          const { payload, next } = envelope.open(bytes, at);
          at = next;
          if (payload.length > 0) heard(payload);
        }
      });
    },
  };
}
