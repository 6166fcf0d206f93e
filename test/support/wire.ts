/** A wire between sealed hosts, in memory: what is on it can be read, held up, changed and repeated. */

import type { Datagrams, OnDatagram } from '../../src/host/index.ts';
import { type Address, parseAddress } from '../../src/id.ts';
import { Boot } from '../../transport/security/boot.ts';
import { type KeyRing, parseKeys } from '../../transport/security/keys.ts';
import { SealedDatagrams } from '../../transport/security/sealed-datagrams.ts';
import { Vault } from '../../transport/security/vault.ts';

export interface Packet {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** A host on the wire. */
export interface Wired {
  readonly address: Address;
  readonly datagrams: SealedDatagrams;
  readonly vault: Vault;
  /** What was delivered to it, first the address of the sender. */
  readonly heard: [Address, string][];
  send(to: Wired, text: string): void;
}

export class Wire {
  /** In ms. */
  now = 1_000;
  /** All that was ever sent. */
  readonly log: Packet[] = [];
  readonly #waiting: Packet[] = [];
  readonly #hosts = new Map<Address, OnDatagram>();

  /** A host at that address; in place of the one that was there. */
  host(address: string, ring: KeyRing = keyRing('one'), boot = new Boot()): Wired {
    const plain = this.plain(address);
    const vault = new Vault({ write() {} }, ring);
    const datagrams = new SealedDatagrams(plain, vault, { now: () => this.now, boot });
    const heard: [Address, string][] = [];
    datagrams.receive((from, bytes) => heard.push([from, new TextDecoder().decode(bytes)]));
    return {
      address: plain.address,
      datagrams,
      vault,
      heard,
      send: (to, text) => datagrams.send(to.address, new TextEncoder().encode(text)),
    };
  }

  /** The bare wire at that address. */
  plain(text: string): Datagrams {
    const address = parseAddress(text);
    return {
      address,
      send: (to, bytes) => {
        const packet = { from: address, to, bytes: bytes.slice() };
        this.log.push(packet);
        this.#waiting.push(packet);
      },
      receive: (onDatagram) => this.#hosts.set(address, onDatagram),
      close: () => this.#hosts.delete(address),
    };
  }

  /** Delivers all that waits, and what is sent because of it. */
  flush(): void {
    for (;;) {
      const packet = this.#waiting.shift();
      if (packet === undefined) return;
      this.deliver(packet);
    }
  }

  /** Delivers nothing of what waits. */
  drop(): readonly Packet[] {
    return this.#waiting.splice(0);
  }

  deliver({ from, to, bytes }: Packet): void {
    this.#hosts.get(to)?.(from, bytes.slice());
  }
}

/** Keys that are made of these names, the first of which is the first. */
export function keyRing(...names: readonly string[]): KeyRing {
  const lines = names.map((name) => Buffer.alloc(64, `${name} `).toString('base64'));
  return parseKeys(lines.join('\n'), 'test');
}

/** Two hosts that know each other, and a wire without a past. */
export function acquainted() {
  const wire = new Wire();
  const [alice, bob] = [wire.host('10.0.0.1:1'), wire.host('10.0.0.2:2')];
  alice.send(bob, 'hello');
  wire.flush();
  bob.send(alice, 'hello');
  wire.flush();
  clear(wire, alice, bob);
  return { wire, alice, bob };
}

export function clear(wire: Wire, ...hosts: Wired[]): void {
  wire.log.length = 0;
  for (const { heard } of hosts) heard.length = 0;
}

/** What each of the hosts turned away. */
export function refused(...hosts: Wired[]) {
  return hosts.map(({ vault: { refused: all } }) => [all.forged, all.replayed]);
}

/** A packet by somebody with the key, for that host. */
export function keyedPacketFor(wire: Wire, host: Wired): Uint8Array {
  const friend = wire.host('10.9.9.9:9');
  friend.send(host, 'hello');
  wire.flush();
  friend.send(host, 'hello');
  const [packet] = wire.drop() as [Packet];
  return packet.bytes;
}
