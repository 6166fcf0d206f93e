/**
 * Streams over TCP: listening, dialling, and the end of all connections with the host.
 *
 * A connection that nobody accepts yet is broken at once: a server accepts before it tells its
 * address to anybody.
 */

import { connect, createServer, type Server, Socket } from 'node:net';
import type { Connection, ConnectionEvents, Streams } from '../src/host/network.ts';
import { type Address, joinAddress, splitAddress } from '../src/id.ts';
import type { Vault } from './security/vault.ts';
import { TcpConnection } from './tcp-connection.ts';

/** A peer that does not answer for so long is taken for dead. */
const dialTimeoutMs = 5_000;

/**
 * After so much silence the kernel asks whether the peer's host is still there, and breaks the
 * connection some 10 s later if not: who vanishes without a word must not hold a stream for ever.
 */
const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 };

/** The address of a host that listens nowhere. */
const nowhere = joinAddress('0.0.0.0', 0);

type OnConnection = (connection: Connection) => ConnectionEvents;

/** Listens on `port` of `host`. Rejects with the error of the operating system. */
export function listenTcp(
  host: string,
  port: number,
  vault: Vault | undefined,
): Promise<NodeStreams> {
  const server = createServer(options);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve(new NodeStreams(vault, server));
    });
  });
}

export class NodeStreams implements Streams {
  readonly address: Address;
  readonly #server: Server | undefined;
  readonly #connections = new Map<Socket, TcpConnection>();
  #onConnection: OnConnection | undefined;
  #open = true;

  /** Without a server only dials. */
  constructor(_vault: Vault | undefined, server?: Server) {
    const bound = server?.address();
    this.address =
      typeof bound === 'object' && bound ? joinAddress(bound.address, bound.port) : nowhere;
    this.#server = server;
    server?.on('error', () => {}); // A connection that could not be accepted, for want of files.
    server?.on('connection', (socket) => this.#accepted(socket));
  }

  accept(onConnection: OnConnection): void {
    this.#onConnection = onConnection;
  }

  dial(to: Address, events: ConnectionEvents): Connection {
    const { host, port } = splitAddress(to);
    const possible = port < 65_536; // Node throws where we tell.
    const socket = possible ? connect({ host, port, ...options }) : new Socket();
    const connection = this.#add(socket, to, () => events);
    const timeout = setTimeout(() => connection.abandon('timeout'), dialTimeoutMs);
    socket.once('connect', () => clearTimeout(timeout));
    socket.once('close', () => clearTimeout(timeout));
    if (!possible) connection.abandon('unreachable');
    if (!this.#open) connection.abandon('local');
    return connection;
  }

  stopAccepting(): void {
    this.#onConnection = undefined;
    this.#server?.close();
  }

  /** Resolves once every connection is gone. */
  async close(): Promise<void> {
    this.#open = false;
    this.#onConnection = undefined;
    const gone = [...this.#connections.keys()].map(
      (socket) => new Promise((resolve) => socket.once('close', resolve)),
    );
    for (const connection of this.#connections.values()) connection.abandon('local');
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#server?.listening) this.#server.close(() => resolve());
    else resolve();
    await Promise.all([promise, ...gone]);
  }

  #accepted(socket: Socket): void {
    const onConnection = this.#onConnection;
    if (onConnection === undefined) {
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    const host = socket.remoteAddress ?? 'unknown';
    const remote = joinAddress(host.replace('::ffff:', ''), socket.remotePort ?? 0);
    this.#add(socket, remote, onConnection);
  }

  #add(socket: Socket, remote: Address, open: OnConnection): TcpConnection {
    const connection = new TcpConnection(socket, remote, open);
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
    return connection;
  }
}
