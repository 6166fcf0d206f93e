/** The datagrams of one start of a host. What happens to them on the way is network.ts. */

import type { Datagrams, OnDatagram } from '../src/host/index.ts';
import type { Address } from '../src/id.ts';
import type { SimHost } from './host.ts';
import { DATAGRAM_BYTES_MAX } from './network.ts';

export class SimDatagrams implements Datagrams {
  readonly address: Address;
  readonly #host: SimHost;
  #onDatagram: OnDatagram | undefined = undefined;
  #closed = false;

  constructor(host: SimHost) {
    this.#host = host;
    this.address = host.machine.address;
  }

  send(to: Address, bytes: Uint8Array): void {
    if (this.#closed || bytes.length > DATAGRAM_BYTES_MAX || !this.#host.alive) return;
    const { machine, sent } = this.#host;
    sent.datagrams++;
    sent.datagramBytes += bytes.length;
    const target = machine.network.at(to);
    if (target !== undefined) machine.network.datagram(machine, target, bytes);
  }

  receive(onDatagram: OnDatagram): void {
    this.#onDatagram = onDatagram;
  }

  close(): void {
    this.#closed = true;
    this.#onDatagram = undefined;
  }

  arrived(from: Address, bytes: Uint8Array): void {
    this.#onDatagram?.(from, bytes);
  }
}
