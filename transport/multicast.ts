/**
 * Multicast over UDP, IPv4.
 *
 * A socket is bound to the address of the group itself, and not to all addresses: else it would also
 * get the packets of other groups on the same port, which any program here has joined. There is one
 * socket for each network interface: which one a packet leaves by is a property of the socket.
 *
 * A packet that cannot be sent is lost, and no more: there is no route now, or the queue is full.
 * What only those need who use it is loaded with the first group: most clients name their server.
 */

import type { Socket } from 'node:dgram';
import type { Multicast, MulticastEvents, MulticastGroup } from '../src/host/multicast.ts';
import { type Address, joinAddress, splitAddress } from '../src/id.ts';
import { limits } from '../src/limits.ts';
import { datagramBytesMax } from './datagram-bytes.ts';

/** Packets stay in the local network. */
const hopsMax = 1;

export class NodeMulticast implements Multicast {
  readonly #host: string | undefined;
  readonly #groups = new Set<NodeGroup>();

  /** `host`: the IP address of the interface to use; undefined: all of them. */
  constructor(host: string | undefined) {
    this.#host = host;
  }

  join(group: Address, events: MulticastEvents): MulticastGroup {
    const joined = new NodeGroup(group, interfaceAddresses(this.#host), events);
    this.#groups.add(joined);
    const close = () => {
      this.#groups.delete(joined);
      joined.close();
    };
    return { send: (bytes) => joined.send(bytes), close };
  }

  close(): void {
    for (const group of this.#groups) group.close();
    this.#groups.clear();
  }
}

class NodeGroup implements MulticastGroup {
  readonly #host: string;
  readonly #port: number;
  readonly #events: MulticastEvents;
  /** Those that listen. */
  readonly #sockets = new Set<Socket>();
  /** How many still may. */
  #opening: number;
  #joined = false;
  #over = false;
  #reason = 'this machine has no network interface with an IPv4 address';

  constructor(group: Address, interfaces: readonly string[], events: MulticastEvents) {
    const { host, port } = splitAddress(group);
    this.#host = host;
    this.#port = port;
    this.#events = events;
    this.#opening = interfaces.length;
    for (const address of interfaces) this.#open(address);
    if (interfaces.length === 0) setImmediate(() => this.#settle());
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > datagramBytesMax) return;
    for (const socket of this.#sockets) {
      if (socket.getSendQueueSize() > limits.multicastQueueBytesMax) continue;
      // A copy, because the socket may read it only after we returned.
      socket.send(new Uint8Array(bytes), this.#port, this.#host, lost);
    }
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    for (const socket of this.#sockets) socket.close();
    this.#sockets.clear();
  }

  #open(address: string): void {
    const { createSocket } = process.getBuiltinModule('node:dgram');
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    let opening = true;
    const settled = () => {
      if (opening) this.#opening--;
      opening = false;
      this.#settle();
    };
    socket.on('error', (error) => {
      this.#reason = sentence(error, address, this.#port);
      const isOpen = opening || this.#sockets.delete(socket);
      if (isOpen && !this.#over) socket.close();
      settled();
    });
    socket.on('message', (bytes, from) => this.#received(bytes, from.address, from.port));
    socket.bind({ port: this.#port, address: this.#host, exclusive: true }, () => {
      if (this.#over) {
        socket.close();
        return;
      }
      try {
        socket.setMulticastInterface(address);
        socket.addMembership(this.#host, address);
        socket.setMulticastTTL(hopsMax);
        socket.setMulticastLoopback(true);
        this.#sockets.add(socket);
        settled();
      } catch (error) {
        socket.emit('error', error);
      }
    });
  }

  /** Tells once all have tried: any that listens is enough; and when the last is lost. */
  #settle(): void {
    if (this.#over || this.#opening > 0) return;
    if (this.#sockets.size === 0) {
      this.#over = true;
      this.#events.failed(this.#reason);
    } else if (!this.#joined) {
      this.#joined = true;
      this.#events.joined();
    }
  }

  #received(bytes: Uint8Array, host: string, port: number): void {
    if (this.#over || !this.#joined) return;
    // Not a Buffer: its `slice` shares memory where that of a Uint8Array copies.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#events.received(joinAddress(host, port), plain);
  }
}

function lost(): void {}

/** The IPv4 addresses of the interface that has this address, one of them; or one of each. */
function interfaceAddresses(host: string | undefined): readonly string[] {
  const { isIPv4 } = process.getBuiltinModule('node:net');
  const all = host === undefined || host === '0.0.0.0' || host === '::';
  if (!all && isIPv4(host)) return [host];
  const { networkInterfaces } = process.getBuiltinModule('node:os');
  const addresses: string[] = [];
  for (const each of Object.values(networkInterfaces())) {
    if (!all && each?.every(({ address }) => address !== host)) continue;
    const ipv4 = each?.find(({ family }) => family === 'IPv4');
    if (ipv4 !== undefined) addresses.push(ipv4.address);
  }
  return addresses.slice(0, limits.multicastInterfacesMax);
}

function sentence(error: Error & { readonly code?: string }, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `a program has UDP port ${port} for itself: choose another port, on all hosts`;
    case 'EACCES':
    case 'EPERM':
      return `this user may not use UDP port ${port}: choose one above 1023, on all hosts`;
    case 'ENODEV':
    case 'EADDRNOTAVAIL':
    case 'EOPNOTSUPP':
      return `the network interface of ${host} has no multicast: choose another one`;
    default:
      return `the network interface of ${host} does not take it: ${error.message}`;
  }
}
