/**
 * A man in the middle of the datagrams of this process: who reads every packet that its servers send,
 * and can send any bytes to any of them as if they came from another. He has no keys.
 */

import { Socket } from 'node:dgram';
import { type Address, joinAddress, splitAddress } from '../../src/id.ts';

type Send = (this: Socket, bytes: Uint8Array, port: number, host: string, done?: unknown) => void;

export interface Recorded {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

export class Recorder implements Disposable {
  readonly packets: Recorded[] = [];
  readonly #sockets = new Map<Address, Socket>();
  readonly #send = Socket.prototype.send as unknown as Send;

  constructor() {
    const recorder = this;
    const record: Send = function (bytes, port, host, done) {
      const { address, port: own } = this.address();
      const from = joinAddress(address, own);
      recorder.#sockets.set(from, this);
      recorder.packets.push({ from, to: joinAddress(host, port), bytes: bytes.slice() });
      recorder.#send.call(this, bytes, port, host, done);
    };
    Socket.prototype.send = record as unknown as Socket['send'];
  }

  /** Puts it on the wire, unrecorded. False when nobody has that address any more. */
  inject({ from, to, bytes }: Recorded): boolean {
    const socket = this.#sockets.get(from);
    if (socket === undefined) return false;
    const { host, port } = splitAddress(to);
    try {
      this.#send.call(socket, bytes, port, host);
      return true;
    } catch {
      return false; // It is closed.
    }
  }

  [Symbol.dispose](): void {
    Socket.prototype.send = this.#send as unknown as Socket['send'];
  }
}
