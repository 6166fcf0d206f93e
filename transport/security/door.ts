/**
 * Where those come in who dial a host with keys, and where most of what comes in on a bad day is
 * turned away. A peer takes a socket until its first byte, then the state of a handshake until that
 * is done, and only then is it anybody's connection.
 *
 * The first byte tells a peer without a key before there is any state of TLS. It is told so in plain
 * text, in a frame that is always the same, since more would be told to anybody.
 *
 * Who says nothing, or stops halfway, is let go after `helloTimeoutMs` of the server's limits. Of too many, the one
 * that came first: an honest peer is done in two round trips, while a flood takes its own places. Too
 * many are also those that would take the descriptors that the honest need.
 */

import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import type { Address } from '../../src/id.ts';
import { limits } from '../../src/limits.ts';
import type { Refusal } from '../../src/refused.ts';
import { withinDescriptors } from '../descriptors.ts';
import type { Key } from './keys.ts';
import { resetThrough } from './reset.ts';
import { takesKeysOnly, wantsTls } from './strangers.ts';
import { answerTls, isForeign, isProven } from './tls.ts';
import type { Vault } from './vault.ts';

/** Somebody at the door. */
interface Guest {
  readonly raw: Socket;
  readonly remote: Address;
  /** The same while it is connected, and of this connection alone. */
  readonly origin: string;
  readonly patience: NodeJS.Timeout;
  /** With which its handshake goes on. */
  key: Key | undefined;
  /** Known since the key is. */
  stream: TLSSocket | undefined;
  /** What is counted if it goes now. */
  fault: Refusal | undefined;
}

/** One who has come in. */
export interface Admitted {
  readonly raw: Socket;
  readonly stream: TLSSocket;
  readonly remote: Address;
  readonly key: string;
}

export class Door {
  readonly #vault: Vault;
  readonly #server: Server;
  readonly #admit: (admitted: Admitted) => void;
  readonly #patienceMs: number;
  /** Has said nothing yet, or was turned away; the first first. */
  readonly #silent = new Set<Guest>();
  /** Where it comes from => who is in a handshake; the first first. */
  readonly #shaking = new Map<string, Guest>();

  /** `patienceMs`: how long each may take to come in. */
  constructor(vault: Vault, admit: (admitted: Admitted) => void, patienceMs: number) {
    this.#vault = vault;
    this.#admit = admit;
    this.#patienceMs = patienceMs;
    this.#server = answerTls((stream, id) => this.#keyFor(stream, id));
    this.#server.on('secureConnection', (stream) => this.#shaken(stream));
    this.#server.on('tlsClientError', (error, stream) => {
      const guest = this.#shaking.get(originOf(stream));
      if (guest !== undefined && isForeign(error)) guest.fault = 'wrongKey';
    });
  }

  /** A socket that was just accepted. */
  knock(raw: Socket, remote: Address): void {
    const guest: Guest = {
      raw,
      remote,
      origin: originOf(raw),
      patience: setTimeout(() => this.#dismiss(guest), this.#patienceMs).unref(),
      key: undefined,
      stream: undefined,
      fault: undefined,
    };
    raw.on('error', () => {});
    raw.once('close', () => this.#gone(guest));
    raw.once('data', (bytes) => this.#heard(guest, bytes));
    this.#silent.add(guest);
    if (this.#silent.size > withinDescriptors(limits.silentMax)) this.#dismissFirst(this.#silent);
  }

  /** Everybody at the door is sent away, those of whom the key is gone as well. */
  close(): readonly Socket[] {
    const guests = [...this.#silent, ...this.#shaking.values()];
    for (const guest of guests) reset(guest);
    return guests.map(({ raw }) => raw);
  }

  /** Some keys are gone: who is about to come in with one of them does not. */
  changed(): void {
    for (const guest of this.#shaking.values()) {
      if (guest.key !== undefined && this.#vault.find(guest.key.id) === undefined) {
        guest.fault = 'wrongKey';
        reset(guest);
      }
    }
  }

  #heard(guest: Guest, bytes: Uint8Array): void {
    const { raw, remote } = guest;
    if (!wantsTls(bytes)) {
      this.#vault.refuse('noKey', remote);
      raw.resume();
      raw.end(takesKeysOnly);
      return;
    }
    raw.pause();
    raw.unshift(bytes);
    this.#silent.delete(guest);
    guest.fault = 'broken';
    this.#shaking.set(guest.origin, guest);
    const shakingMax = withinDescriptors(limits.handshakesMax);
    if (this.#shaking.size > shakingMax) this.#dismissFirst(this.#shaking.values());
    this.#server.emit('connection', raw);
  }

  #keyFor(stream: TLSSocket, id: string): Key | undefined {
    const guest = this.#shaking.get(originOf(stream));
    if (guest === undefined) return undefined;
    guest.key = this.#vault.find(id);
    guest.stream = stream;
    if (guest.key === undefined) guest.fault = 'wrongKey';
    return guest.key;
  }

  #shaken(stream: TLSSocket): void {
    const guest = this.#shaking.get(originOf(stream));
    if (guest?.key === undefined || !isProven(stream)) {
      stream.destroy();
      return;
    }
    const { raw, remote, origin, key } = guest;
    guest.fault = undefined;
    this.#shaking.delete(origin);
    clearTimeout(guest.patience);
    this.#admit({ raw, stream, remote, key: key.id });
  }

  #dismissFirst(guests: Iterable<Guest>): void {
    for (const first of guests) {
      this.#dismiss(first);
      return;
    }
  }

  /** One that took too long, or was one too many. */
  #dismiss(guest: Guest): void {
    const isTurnedAway = guest.raw.writableEnded;
    if (!isTurnedAway) guest.fault = 'silent';
    reset(guest);
    this.#gone(guest);
  }

  #gone(guest: Guest): void {
    clearTimeout(guest.patience);
    this.#silent.delete(guest);
    if (this.#shaking.get(guest.origin) === guest) this.#shaking.delete(guest.origin);
    if (guest.fault !== undefined) this.#vault.refuse(guest.fault, guest.remote);
    guest.fault = undefined;
  }
}

/** Tells connections to one port from each other. */
function originOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function reset({ raw, stream }: Guest): void {
  if (stream !== undefined) resetThrough(stream, raw);
  else if (raw.writableEnded) raw.destroy();
  else if (!raw.destroyed) raw.resetAndDestroy();
}
