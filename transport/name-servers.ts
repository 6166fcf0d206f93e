/**
 * Name servers on UDP and TCP, both at one address.
 *
 * Over TCP, messages have their length in front, and clients may send many before they read an
 * answer. One message is answered after the other; while a client does not read, nothing is read
 * from it either, so that it costs a message and a full pipe. A client that asks nothing for a while
 * is asked to go, and then made to; of too many, the one goes that asked least recently.
 */

import { ByteQueue } from '../src/byte-queue.ts';
import type { NameServer, NameServerEvents, NameServers } from '../src/host/name-servers.ts';
import type { Connection, ConnectionEvents } from '../src/host/network.ts';
import type { Address } from '../src/id.ts';
import { limits } from '../src/limits.ts';
import { type Bound, listen } from './listen.ts';

/** In front of a message over TCP. */
const LENGTH_BYTES = 2;

type Answer = NameServerEvents['message'];

export class NodeNameServers implements NameServers {
  readonly #servers = new Set<Listening>();
  #open = true;

  listen(address: Address, events: NameServerEvents): NameServer {
    const server = new Listening(address, events, () => this.#servers.delete(server));
    this.#servers.add(server);
    if (!this.#open) server.close();
    return server;
  }

  close(): void {
    this.#open = false;
    for (const server of this.#servers) server.close();
  }
}

class Listening implements NameServer {
  readonly #events: NameServerEvents;
  readonly #onClose: () => void;
  /** Those that stand; the one that asked least recently first. */
  readonly #clients = new Set<TcpClient>();
  #bound: Bound | undefined;
  #open = true;

  constructor(address: Address, events: NameServerEvents, onClose: () => void) {
    this.#events = events;
    this.#onClose = onClose;
    listen(address).then(
      (bound) => this.#listening(bound),
      (error: Error) => this.#failed(error),
    );
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onClose();
    this.#release();
  }

  #listening(bound: Bound): void {
    this.#bound = bound;
    if (!this.#open) {
      this.#release();
      return;
    }
    const { streams, datagrams } = bound;
    datagrams.receive((from, bytes) => {
      const answer = this.#events.message(bytes, 'udp');
      if (answer !== undefined) datagrams.send(from, answer);
    });
    streams.accept((connection) => this.#accepted(connection));
    this.#events.listening(streams.address);
  }

  #failed(error: Error): void {
    if (!this.#open) return;
    this.close();
    this.#events.failed(error.message);
  }

  #accepted(connection: Connection): ConnectionEvents {
    const [stalest] = this.#clients;
    if (this.#clients.size >= limits.dnsConnectionsMax) stalest?.drop();
    const answer: Answer = (bytes, by) => {
      // Who asks goes to the end.
      this.#clients.delete(client);
      this.#clients.add(client);
      return this.#events.message(bytes, by);
    };
    const client = new TcpClient(connection, answer, () => this.#clients.delete(client));
    this.#clients.add(client);
    return client;
  }

  #release(): void {
    this.#bound?.datagrams.close();
    void this.#bound?.streams.close();
  }
}

class TcpClient implements ConnectionEvents {
  readonly #connection: Connection;
  readonly #answer: Answer;
  readonly #onClose: () => void;
  readonly #received = new ByteQueue();
  #idle: NodeJS.Timeout;
  /** Of the message that comes next, where that is known. */
  #length: number | undefined;
  /** Whether it does not read our answers. */
  #full = false;
  #ending = false;

  constructor(connection: Connection, answer: Answer, onClose: () => void) {
    this.#connection = connection;
    this.#answer = answer;
    this.#onClose = onClose;
    this.#idle = this.#idleTimer();
  }

  received(bytes: Uint8Array): void {
    this.#received.push(bytes);
    this.#work();
  }

  drained(): void {
    this.#full = false;
    this.#connection.resume();
    this.#work();
  }

  closed(): void {
    clearTimeout(this.#idle);
    this.#received.clear();
    this.#onClose();
  }

  drop(): void {
    this.#onClose();
    this.#connection.reset();
  }

  #work(): void {
    while (!this.#full) {
      const message = this.#next();
      if (message === undefined) return;
      clearTimeout(this.#idle);
      this.#idle = this.#idleTimer();
      const answer = this.#answer(message, 'tcp');
      if (answer === undefined) continue;
      const framed = new Uint8Array(LENGTH_BYTES + answer.length);
      framed.set([answer.length >>> 8, answer.length & 255]);
      framed.set(answer, LENGTH_BYTES);
      this.#full = !this.#connection.write(framed);
    }
    this.#connection.pause();
  }

  /** The next message, once all of it is here. */
  #next(): Uint8Array | undefined {
    if (this.#length === undefined) {
      if (this.#received.length < LENGTH_BYTES) return undefined;
      const [high = 0, low = 0] = this.#received.take(LENGTH_BYTES);
      this.#length = high * 256 + low;
    }
    if (this.#received.length < this.#length) return undefined;
    const message = this.#received.take(this.#length);
    this.#length = undefined;
    return message;
  }

  /** Who does not go when asked to, perhaps because it reads nothing, is left behind. */
  #idleTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.#ending || this.#full) {
        this.drop();
        return;
      }
      this.#ending = true;
      this.#connection.end();
      this.#idle = this.#idleTimer();
    }, limits.dnsIdleMs).unref();
  }
}
