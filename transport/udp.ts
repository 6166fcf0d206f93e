/**
 * Datagrams over UDP.
 *
 * UDP may lose what it likes, so every failure here is a loss and nothing more: a closed port, no
 * route, a name that does not resolve, a full queue. A socket for IPv6 speaks IPv4 as well, and
 * peers appear under their IPv4 address, the one they know themselves by.
 */

import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { lookup, V4MAPPED } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import type { Datagrams, OnDatagram } from '../src/host/network.ts';
import { type Address, joinAddress, splitAddress } from '../src/id.ts';
import { limits } from '../src/limits.ts';
import { datagramBytesMax } from './datagram-bytes.ts';

/** A burst from a whole cluster fits; the default of 208 KiB loses a third of 50,000 packets. */
const receiveBufferBytes = 4 * 1024 * 1024;

/** Binds `port` of the IP address `host`. Rejects with the error of the operating system. */
export function openUdp(host: string, port: number): Promise<NodeDatagrams> {
  const socket = createSocket(socketOptions(isIPv6(host)));
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port, address: host, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(new NodeDatagrams(socket));
    });
  });
}

export class NodeDatagrams implements Datagrams {
  readonly address: Address;
  readonly #socket: Socket;
  #onDatagram: OnDatagram | undefined;
  #open = true;

  constructor(socket: Socket) {
    const { address, port } = socket.address();
    this.address = joinAddress(address, port);
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (bytes, from) => this.#received(bytes, from.address, from.port));
    try {
      socket.setRecvBufferSize(receiveBufferBytes);
    } catch {
      // The system allows less, and a smaller buffer only loses more.
    }
  }

  send(to: Address, bytes: Uint8Array): void {
    if (!this.#open || bytes.length > datagramBytesMax) return;
    const { host, port } = splitAddress(to);
    if (!(port > 0 && port < 65_536 && Number.isInteger(port))) return; // Node throws where we drop.
    if (this.#socket.getSendQueueSize() > limits.datagramQueueBytesMax) return;
    // A copy, because the socket may read it only after we returned.
    this.#socket.send(new Uint8Array(bytes), port, host, lost);
  }

  receive(onDatagram: OnDatagram): void {
    this.#onDatagram = onDatagram;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onDatagram = undefined;
    this.#socket.close();
  }

  #received(bytes: Uint8Array, host: string, port: number): void {
    const address = joinAddress(host.startsWith('::ffff:') ? host.slice(7) : host, port);
    // Not a Buffer: its `slice` shares memory where that of a Uint8Array copies.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#onDatagram?.(address, plain);
  }
}

function lost(): void {}

/** Saves literal addresses, which nearly all are, the way through the resolver. */
function socketOptions(v6: boolean): SocketOptions {
  return {
    type: v6 ? 'udp6' : 'udp4',
    lookup(host, _options, callback) {
      const family = isIP(host);
      if (family === 0) {
        lookup(host, v6 ? { family: 6, hints: V4MAPPED } : { family: 4 }, callback);
      } else if (v6 && family === 4) {
        callback(null, `::ffff:${host}`, 6);
      } else if (!v6 && family === 6) {
        callback(new Error('IPv6 is out of reach of an IPv4 socket'), '', 4);
      } else {
        callback(null, host, family);
      }
    },
  };
}
