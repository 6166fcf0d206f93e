/**
 * Packets to a multicast group that only who has a key can make and read. They have the form that is
 * told in seal.ts, and are made for nobody: anybody with a key reads them.
 *
 * Each is taken once. What was recorded before a host started, or is of a sender that was forgotten
 * because a thousand others came later, can be repeated to it: such a packet says that there is a
 * server at some address, which is dialled, and has to prove itself there.
 *
 * A host with several interfaces sends a packet by each of them, and hears those of others by each:
 * what comes again within a second is dropped, but not counted as repeated by somebody.
 */

import { assert } from '../../src/assert.ts';
import type { Multicast, MulticastEvents, MulticastGroup } from '../../src/host/multicast.ts';
import { type Address, joinAddress, splitAddress } from '../../src/id.ts';
import { limits } from '../../src/limits.ts';
import { datagramBytesMax } from '../datagram-bytes.ts';
import { Boot } from './boot.ts';
import { headerOf, kinds, nobody, type PacketKey, packetKeys, seal, sealBytes } from './seal.ts';
import { Senders } from './senders.ts';
import type { Vault } from './vault.ts';

/** How long, in ms, the network may take to bring a packet by all ways. */
const echoMs = 1_000;

/** A multicast that ends with its host. */
export interface HostMulticast extends Multicast {
  close(): void;
}

export class SealedMulticast implements HostMulticast {
  readonly #plain: HostMulticast;
  readonly #vault: Vault;
  readonly #now: () => number;
  readonly #boot = new Boot();
  readonly #unwatch: () => void;
  #keys: readonly PacketKey[];

  /** The vault has keys. `now`: time in ms, which only moves forward. */
  constructor(plain: HostMulticast, vault: Vault, now = () => performance.now()) {
    this.#plain = plain;
    this.#vault = vault;
    this.#now = now;
    this.#keys = packetKeys(vault.ring, 'multicast');
    this.#unwatch = vault.watch(() => {
      this.#keys = packetKeys(vault.ring, 'multicast');
    });
  }

  join(address: Address, events: MulticastEvents): MulticastGroup {
    const { host, port } = splitAddress(address);
    const way = joinAddress(host, port);
    const received = this.#receiver(way, events);
    const { joined, failed } = events;
    const group = this.#plain.join(address, {
      joined: () => joined.call(events),
      failed: (reason) => failed.call(events, reason),
      received,
    });
    return {
      send: (bytes) => {
        if (bytes.length <= datagramBytesMax - sealBytes) group.send(this.#sealed(way, bytes));
      },
      close: () => group.close(),
    };
  }

  close(): void {
    this.#unwatch();
    this.#plain.close();
  }

  #sealed(way: string, bytes: Uint8Array): Uint8Array {
    const [key] = this.#keys;
    assert(key !== undefined, 'a protected host has a key');
    if (this.#boot.spent) this.#boot.renew();
    const header = {
      kind: kinds.multicast,
      keyHint: key.hint,
      salt: this.#boot.salt,
      hint: nobody.hint,
      counter: this.#boot.take(),
    };
    return seal(this.#boot.keyBy(key), header, { receiver: nobody, way }, bytes);
  }

  #receiver(way: string, events: MulticastEvents): (from: Address, packet: Uint8Array) => void {
    const senders = new Senders();
    /** When the last packet was taken, in ms. */
    let takenAt = Number.NEGATIVE_INFINITY;
    return (from, packet) => {
      const header = headerOf(packet);
      const now = this.#now();
      const opened =
        header?.kind === kinds.multicast
          ? senders.open(this.#keys, header, { receiver: nobody, way }, packet)
          : 'forged';
      if (opened === 'replayed' && now - takenAt < echoMs) return;
      if (header === undefined || typeof opened === 'string') {
        this.#vault.refuse(opened === 'replayed' ? 'replayed' : 'forged', from);
        return;
      }
      takenAt = now;
      senders.take(opened, header.counter);
      if (senders.size > limits.multicastSendersMax) senders.forgetOldest();
      events.received(from, opened.plain);
    };
  }
}
