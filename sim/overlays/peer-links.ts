/**
 * Connections to other servers by their address, dialled when there is something to say and closed
 * when nothing was said for a while. The first message of who dials is its own address, so that what
 * it dialled can be used both ways.
 */

import type { CloseReason, Connection } from '../../src/host/index.ts';
import { type Address, isAddress } from '../../src/id.ts';
import { SECOND } from '../../src/time.ts';
import { Writer } from '../../src/wire/codec.ts';
import { Frames } from '../../src/wire/frame.ts';
import type { SimHost } from '../host.ts';

/** Longer: fewer dials. Shorter: fewer connections stand. That of the original circuit. */
const IDLE_US = 10 * SECOND;
/** A whole view of ten thousand servers is shorter. */
const MESSAGE_BYTES_MAX = 1024 * 1024;

export interface LinkEvents {
  message(from: Address, bytes: Uint8Array): void;
  /** A connection failed; not one that was closed in order. */
  broken(peer: Address): void;
}

interface Link {
  readonly frames: Frames;
  connection: Connection | undefined;
  /** Undefined until who dialled has said so. */
  peer: Address | undefined;
  usedAt: number;
}

export class PeerLinks {
  readonly #host: SimHost;
  readonly #events: LinkEvents;
  /** peer => the connection over which it is spoken to */
  readonly #byPeer = new Map<Address, Link>();
  readonly #all = new Set<Link>();

  constructor(host: SimHost, events: LinkEvents) {
    this.#host = host;
    this.#events = events;
    host.streams.accept((connection) => this.#watch(this.#add(connection, undefined)));
    this.#sweepLater();
  }

  send(to: Address, bytes: Uint8Array): void {
    const link = this.#byPeer.get(to) ?? this.#dial(to);
    link.usedAt = this.#host.clock.now();
    link.connection?.write(framed(bytes));
  }

  hangUp(peer: Address): void {
    for (const link of [...this.#all]) if (link.peer === peer) this.#end(link);
  }

  #dial(to: Address): Link {
    const link = this.#add(undefined, to);
    this.#byPeer.set(to, link);
    link.connection = this.#host.streams.dial(to, this.#watch(link));
    link.connection.write(framed(new TextEncoder().encode(this.#host.streams.address)));
    return link;
  }

  #add(connection: Connection | undefined, peer: Address | undefined): Link {
    const usedAt = this.#host.clock.now();
    const link = { connection, peer, usedAt, frames: new Frames(MESSAGE_BYTES_MAX) };
    this.#all.add(link);
    return link;
  }

  #watch(link: Link) {
    return {
      received: (chunk: Uint8Array) => {
        link.usedAt = this.#host.clock.now();
        const isSound = link.frames.push(chunk, (frame) => {
          this.#hear(link, frame.rest());
          return this.#all.has(link);
        });
        if (!isSound) link.connection?.reset();
      },
      drained: () => {},
      closed: (reason: CloseReason) => this.#closed(link, reason),
    };
  }

  #hear(link: Link, bytes: Uint8Array): void {
    if (link.peer !== undefined) {
      this.#events.message(link.peer, bytes);
      return;
    }
    const name = new TextDecoder().decode(bytes);
    if (!isAddress(name)) {
      link.connection?.reset();
      return;
    }
    link.peer = name;
    if (!this.#byPeer.has(name)) this.#byPeer.set(name, link);
  }

  #end(link: Link): void {
    this.#forget(link);
    link.connection?.end();
  }

  #closed(link: Link, reason: CloseReason): void {
    const wasKnown = this.#all.has(link);
    this.#forget(link);
    if (!wasKnown || link.peer === undefined || reason === 'ended' || reason === 'local') return;
    // A server that was started anew at that address may have dialled us by now.
    if (!this.#byPeer.has(link.peer)) this.#events.broken(link.peer);
  }

  #forget(link: Link): void {
    this.#all.delete(link);
    if (link.peer !== undefined && this.#byPeer.get(link.peer) === link) {
      this.#byPeer.delete(link.peer);
    }
  }

  #sweepLater(): void {
    const { clock } = this.#host;
    clock.schedule(clock.now() + IDLE_US / 2, () => {
      const before = clock.now() - IDLE_US;
      for (const link of [...this.#all]) if (link.usedAt < before) this.#end(link);
      this.#sweepLater();
    });
  }
}

function framed(bytes: Uint8Array): Uint8Array {
  const writer = new Writer(bytes.length + 4);
  writer.u32(bytes.length);
  writer.raw(bytes);
  return writer.take();
}
