/**
 * The multicast groups of one start of a host. All hosts are on one local network: what is sent to
 * a group goes to everybody in it, the sender included, and each copy fares on its own as a
 * datagram does (see network.ts).
 */

import type { Multicast, MulticastEvents, MulticastGroup } from '../src/host/index.ts';
import type { Address } from '../src/id.ts';
import type { SimHost } from './host.ts';
import { TIMER } from './kind.ts';
import { DATAGRAM_BYTES_MAX } from './network.ts';

export class SimMulticast implements Multicast {
  readonly #host: SimHost;
  readonly #groups = new Set<SimGroup>();

  constructor(host: SimHost) {
    this.#host = host;
  }

  join(group: Address, events: MulticastEvents): MulticastGroup {
    const joined = new SimGroup(this.#host, group, events);
    this.#groups.add(joined);
    return joined;
  }

  /** With the process. */
  die(): void {
    for (const group of this.#groups) group.close();
    this.#groups.clear();
  }
}

/** The place of one process in a group. */
export class SimGroup implements MulticastGroup {
  readonly host: SimHost;
  readonly #members: Set<SimGroup>;
  readonly #events: MulticastEvents;
  #joined = false;
  #closed = false;

  constructor(host: SimHost, group: Address, events: MulticastEvents) {
    this.host = host;
    this.#events = events;
    const { network } = host.machine;
    this.#members = network.group(group);
    host.post(network.scheduler.now, TIMER, { run: () => this.#join() });
  }

  send(bytes: Uint8Array): void {
    if (!this.#joined || this.#closed || bytes.length > DATAGRAM_BYTES_MAX) return;
    const { machine, sent } = this.host;
    sent.multicasts++;
    for (const member of this.#members) {
      machine.network.datagram(machine, member.host.machine, bytes, member);
    }
  }

  close(): void {
    this.#closed = true;
    this.#members.delete(this);
  }

  arrived(from: Address, bytes: Uint8Array): void {
    if (!this.#closed) this.#events.received(from, bytes);
  }

  #join(): void {
    if (this.#closed) return;
    this.#joined = true;
    this.#members.add(this);
    this.#events.joined();
  }
}
