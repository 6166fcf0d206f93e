/**
 * Streams over TCP: listening, dialling, and the end of all connections with the host.
 *
 * A connection that nobody accepts yet is broken at once: a server accepts before it tells its
 * address to anybody.
 */

import { connect, createServer, type Server, Socket } from 'node:net';
import type { Connection, ConnectionEvents, Streams } from '../src/host/network.ts';
import { type Address, joinAddress, splitAddress } from '../src/id.ts';
import { limits } from '../src/limits.ts';
import type { Door } from './security/door.ts';
import { Guard } from './security/guard.ts';
import { hasNoKey, isTlsHello } from './security/strangers.ts';
import type { Vault } from './security/vault.ts';
import { type Line, TcpConnection } from './tcp-connection.ts';

/**
 * Connections that wait to be accepted, as far as the system allows. One more is dropped, and tried
 * again after a second; Node's 511 are not enough while some hundred hosts and a flood dial at once.
 */
const connectsMax = 4_096;

/** A peer that does not answer for so long is taken for dead. */
const dialTimeoutMs = 5_000;

/**
 * After so much silence the kernel asks whether the peer's host is still there, and breaks the
 * connection some 10 s later if not: who vanishes without a word must not hold a stream for ever.
 */
const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 };

/** The address of a host that listens nowhere. */
const nowhere = joinAddress('0.0.0.0', 0);

/** Of a connection that nobody accepts. */
const unwanted: ConnectionEvents = { received() {}, drained() {}, closed() {} };

type OnConnection = (connection: Connection) => ConnectionEvents;

/**
 * Listens on `port` of `host`. With keys, a peer may take `patienceMs` to prove that it has one.
 * Rejects with the error of the operating system.
 */
export function listenTcp(
  host: string,
  port: number,
  vault: Vault | undefined,
  patienceMs?: number,
): Promise<NodeStreams> {
  const server = createServer(options);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true, backlog: connectsMax }, () => {
      server.off('error', reject);
      resolve(new NodeStreams(vault, server, patienceMs));
    });
  });
}

/** Those with keys that are open: their connections end when the program does. */
const protectedStreams = new Set<NodeStreams>();

process.on('exit', () => {
  for (const streams of protectedStreams) streams.exit();
});

export class NodeStreams implements Streams {
  readonly address: Address;
  readonly #vault: Vault | undefined;
  readonly #guard: Guard | undefined;
  readonly #door: Door | undefined;
  readonly #server: Server | undefined;
  readonly #connections = new Map<Socket, TcpConnection>();
  readonly #unwatch: (() => void) | undefined;
  #onConnection: OnConnection | undefined;
  #open = true;

  /**
   * With a vault that holds keys, all is protected; without any vault, nobody is told that nothing
   * is. Without a server it only dials.
   */
  constructor(
    vault: Vault | undefined,
    server?: Server,
    patienceMs: number = limits.helloTimeoutMs,
  ) {
    const guard = vault?.first === undefined ? undefined : new Guard(vault);
    const bound = server?.address();
    this.address =
      typeof bound === 'object' && bound ? joinAddress(bound.address, bound.port) : nowhere;
    this.#vault = vault;
    this.#guard = guard;
    this.#door = guard?.door((line) => this.#accepted(line), patienceMs);
    this.#unwatch = vault?.watch(() => this.#keysChanged());
    if (guard !== undefined) protectedStreams.add(this);
    this.#server = server;
    server?.on('error', () => {}); // Of one connection. Want of descriptors is told by descriptors.ts.
    server?.on('connection', (socket) => this.#arrived(socket));
  }

  accept(onConnection: OnConnection): void {
    this.#onConnection = onConnection;
  }

  dial(to: Address, events: ConnectionEvents): Connection {
    const { host, port } = splitAddress(to);
    const possible = port < 65_536; // Node throws where we tell.
    const raw = possible ? connect({ host, port, ...options }) : new Socket();
    const line = this.#guard?.dial(raw, to) ?? { raw, remote: to };
    const connection = this.#add(line, () => events);
    const timeout = setTimeout(() => connection.abandon('timeout'), dialTimeoutMs);
    connection.settled(() => clearTimeout(timeout));
    if (!possible) connection.abandon('unreachable');
    if (!this.#open) connection.abandon('local');
    return connection;
  }

  stopAccepting(): void {
    this.#onConnection = undefined;
    this.#server?.close();
    this.#door?.close();
  }

  /** Resolves once every connection is gone. */
  async close(): Promise<void> {
    this.#open = false;
    protectedStreams.delete(this);
    this.#onConnection = undefined;
    this.#unwatch?.();
    const gone = [...this.#connections.keys()].map(closed);
    for (const connection of this.#connections.values()) connection.abandon('local');
    gone.push(...(this.#door?.close() ?? []).map(closed));
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#server?.listening) this.#server.close(() => resolve());
    else resolve();
    await Promise.all([promise, ...gone]);
  }

  /** The program ends here and now. */
  exit(): void {
    for (const connection of this.#connections.values()) connection.exit();
  }

  #arrived(raw: Socket): void {
    const host = raw.remoteAddress ?? 'unknown';
    const remote = joinAddress(host.replace('::ffff:', ''), raw.remotePort ?? 0);
    if (this.#door !== undefined) this.#door.knock(raw, remote);
    else this.#accepted({ raw, remote, look: this.#look(remote) });
  }

  #accepted(line: Line): void {
    if (this.#onConnection === undefined) this.#add(line, () => unwanted).reset();
    else this.#add(line, this.#onConnection);
  }

  /** One who comes with a key, where there is none, must hear it from us. */
  #look(remote: Address): Line['look'] {
    const vault = this.#vault;
    if (vault === undefined) return undefined;
    return (bytes) => {
      if (!isTlsHello(bytes)) return undefined;
      vault.refuse('keyed', remote);
      return hasNoKey;
    };
  }

  #add(line: Line, open: OnConnection): TcpConnection {
    const connection = new TcpConnection(line, open);
    this.#connections.set(line.raw, connection);
    line.raw.once('close', () => this.#connections.delete(line.raw));
    return connection;
  }

  #keysChanged(): void {
    this.#door?.changed();
    for (const connection of this.#connections.values()) {
      const { key } = connection;
      if (key !== undefined && this.#guard?.has(key) === false) connection.outdate();
    }
  }
}

function closed(raw: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (raw.closed) resolve();
    else raw.once('close', () => resolve());
  });
}
