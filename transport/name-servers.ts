/**
 * Name servers on UDP and TCP, both at one address. Of too many clients that are connected, the one
 * goes that asked least recently.
 */

import type { NameServer, NameServerEvents, NameServers } from '../src/host/name-servers.ts';
import type { Connection, ConnectionEvents } from '../src/host/network.ts';
import type { Address } from '../src/id.ts';
import { limits } from '../src/limits.ts';
import { type Bound, listen } from './listen.ts';
import { NameClient } from './name-client.ts';

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
  readonly #clients = new Set<NameClient>();
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
    const answer = (bytes: Uint8Array) => {
      // Who asks goes to the end.
      this.#clients.delete(client);
      this.#clients.add(client);
      return this.#events.message(bytes, 'tcp');
    };
    const client = new NameClient(connection, answer, () => this.#clients.delete(client));
    this.#clients.add(client);
    return client;
  }

  #release(): void {
    this.#bound?.datagrams.close();
    void this.#bound?.streams.close();
  }
}
