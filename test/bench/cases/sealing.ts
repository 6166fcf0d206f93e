/** Sealing and opening datagrams: what a server with keys pays for each, and for a forged one. */

import { randomBytes } from 'node:crypto';
import type { Datagrams, OnDatagram } from '../../../src/host/index.ts';
import { type Address, parseAddress } from '../../../src/id.ts';
import { silentLog } from '../../../transport/log.ts';
import { parseKeys } from '../../../transport/security/keys.ts';
import { SealedDatagrams } from '../../../transport/security/sealed-datagrams.ts';
import { Vault } from '../../../transport/security/vault.ts';
import type { Case } from '../bench.ts';
import type { Sample } from '../figure.ts';

/** Few enough to be done within a moment on a busy machine. */
const packets = 2_000;
const sizes = [64, 256, 1_200];

/** A wire that brings each packet at once to whoever is at its other end. */
class Cable implements Datagrams {
  readonly address: Address;
  received: OnDatagram = () => {};
  sent: (bytes: Uint8Array) => void = () => {};

  constructor(address: string) {
    this.address = parseAddress(address);
  }

  send(_to: Address, bytes: Uint8Array): void {
    this.sent(bytes);
  }

  receive(onDatagram: OnDatagram): void {
    this.received = onDatagram;
  }

  close(): void {}
}

/** Two hosts that know each other; Alice's packets are collected from then on. */
function aliceAndBob() {
  const ring = parseKeys(randomBytes(64).toString('base64'), 'bench');
  const [left, right] = [new Cable('10.0.0.1:1'), new Cable('10.0.0.2:2')];
  // So slow a clock that nobody counts as silent, however busy the machine is.
  const now = () => performance.now() / 1e6;
  const host = (cable: Cable) => new SealedDatagrams(cable, new Vault(silentLog, ring), { now });
  const [alice, bob] = [host(left), host(right)];
  // Not from within a send: the packet is kept only after it.
  const waiting: (() => void)[] = [];
  left.sent = (bytes) => {
    const packet = bytes.slice();
    waiting.push(() => right.received(left.address, packet));
  };
  right.sent = (bytes) => {
    const packet = bytes.slice();
    waiting.push(() => left.received(right.address, packet));
  };
  alice.send(bob.address, Uint8Array.of(1));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
  const sealed: Uint8Array[] = [];
  let sentBytes = 0;
  /** A socket has forgotten a packet a moment after it was sent: garbage that is kept is dear. */
  const forget = (bytes: Uint8Array) => {
    sentBytes += bytes.length;
  };
  left.sent = forget;
  right.sent = () => {};
  let delivered = 0;
  bob.receive(() => delivered++);
  return {
    sealed,
    seal: (bytes: Uint8Array) => alice.send(bob.address, bytes),
    sentBytes: () => sentBytes,
    /** Seals so many, and keeps them in `sealed`. */
    collect(bytes: Uint8Array, count: number) {
      sealed.length = 0;
      left.sent = (packet) => sealed.push(packet.slice());
      for (let i = 0; i < count; i++) alice.send(bob.address, bytes);
      left.sent = forget;
    },
    open: (packet: Uint8Array) => right.received(left.address, packet),
    delivered: () => delivered,
  };
}

/** Microseconds of CPU time for each of so many. */
function cpuOf(count: number, work: () => void): Sample {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { value: (user + system) / count };
}

export const sealing: Case = {
  name: 'sealing',
  claim: 'sealing and opening a datagram takes 10 us of CPU time at most, each',
  async run(bench) {
    const common = {
      unit: 'us of CPU',
      better: 'less',
      repetitions: 45,
      withinMs: 8_000,
    } as const;
    // One for all, as on a server: what V8 has compiled for it stays.
    const pair = aliceAndBob();
    for (const size of sizes) {
      const plain = new Uint8Array(randomBytes(size));
      await bench.contest({
        ...common,
        name: `seal ${size} bytes`,
        goal: { value: 10, of: 'figure' },
        measure: async () => {
          const before = pair.sentBytes();
          const sample = cpuOf(packets, () => {
            for (let i = 0; i < packets; i++) pair.seal(plain);
          });
          if (pair.sentBytes() - before < packets * size) throw new Error('not all were sent');
          return sample;
        },
      });
      await bench.contest({
        ...common,
        name: `open ${size} bytes`,
        goal: { value: 10, of: 'figure' },
        measure: async () => {
          pair.collect(plain, packets);
          const before = pair.delivered();
          const sample = cpuOf(packets, () => pair.sealed.forEach(pair.open));
          if (pair.delivered() - before !== packets) throw new Error('not all were delivered');
          return sample;
        },
      });
    }
    for (const [what, change] of forgeries) {
      const pair = aliceAndBob();
      pair.collect(new Uint8Array(256), 1);
      const [genuine] = pair.sealed as [Uint8Array];
      const forged = Array.from({ length: packets }, () => change(genuine.slice()));
      await bench.contest({
        ...common,
        name: `turn away 256 bytes, ${what}`,
        goal: { value: 12, of: 'figure' },
        measure: async () => cpuOf(packets, () => forged.forEach(pair.open)),
      });
      if (pair.delivered() > 0) throw new Error('a forged one was delivered');
    }
  },
};

/** From cheap to dear; the last needs what a recording shows. */
const forgeries: readonly (readonly [string, (packet: Uint8Array) => Uint8Array])[] = [
  ['of chance', (packet) => new Uint8Array(randomBytes(packet.length))],
  ['by a sender that is known', (packet) => withLastChanged(packet)],
  [
    'by a sender that is not known',
    (packet) => {
      packet.set(randomBytes(8), 1);
      return withLastChanged(packet);
    },
  ],
];

function withLastChanged(packet: Uint8Array): Uint8Array {
  const last = packet.length - 1;
  packet[last] = (packet[last] as number) ^ 1;
  return packet;
}
