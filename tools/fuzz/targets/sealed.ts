/** What comes in under keys: sealed packets, pieces inside TLS, and the first bytes of streams. */

import type { OnDatagram } from '../../../src/host/network.ts';
import type { Address } from '../../../src/id.ts';
import { Envelope, endMark, pieceHeader } from '../../../transport/security/envelope.ts';
import { parseKeys } from '../../../transport/security/keys.ts';
import { headerOf } from '../../../transport/security/seal.ts';
import { SealedDatagrams } from '../../../transport/security/sealed-datagrams.ts';
import { isTlsHello, wantsTls } from '../../../transport/security/strangers.ts';
import { Vault } from '../../../transport/security/vault.ts';
import { law, same, type Target } from '../target.ts';

const ring = parseKeys(Buffer.alloc(32, 7).toString('base64'), 'FILE');
const log = { write() {} };

interface Packet {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** Two hosts with a key, and somebody between them who holds, repeats and changes what they send. */
class Air {
  readonly sent: Packet[] = [];
  readonly delivered: string[] = [];
  readonly vaults: Vault[] = [];
  readonly #receivers = new Map<Address, OnDatagram>();

  host(address: Address): SealedDatagrams {
    const vault = new Vault(log, ring);
    this.vaults.push(vault);
    const plain = {
      address,
      send: (to: Address, bytes: Uint8Array) => {
        this.sent.push({ from: address, to, bytes: bytes.slice() });
      },
      receive: (on: OnDatagram) => void this.#receivers.set(address, on),
      close() {},
    };
    const sealed = new SealedDatagrams(plain, vault, { now: () => 0 });
    sealed.receive((_from, bytes) => this.delivered.push(`${address} ${bytes.join(' ')}`));
    return sealed;
  }

  arrive(from: Address, to: Address, bytes: Uint8Array): void {
    this.#receivers.get(to)?.(from, bytes);
  }
}

const STEPS_MAX = 60;

/** Steps of four bytes: what is done, to which packet so far, at which place, and with what. */
const packets: Target = {
  ...{ name: 'sealed-datagrams', share: 0.1, bytesBase: 8 * 1024 * 1024 },
  covers: ['transport/security/seal.ts open'],
  generate: (draw) =>
    Uint8Array.from(
      Array.from({ length: 4 + draw.below(20) }, () => {
        return [
          draw.below(draw.boolean() ? 2 : 6),
          draw.below(12),
          draw.below(80),
          draw.below(256),
        ];
      }).flat(),
    ),
  run(input) {
    const air = new Air();
    const [a, b] = ['10.0.0.1:1' as Address, '10.0.0.2:1' as Address];
    const hosts = [air.host(a), air.host(b)] as const;
    const said: string[] = [];
    for (let at = 0, step = 0; at + 4 <= input.length && step < STEPS_MAX; at += 4, step++) {
      const [op = 0, which = 0, place = 0, byte = 0] = input.subarray(at, at + 4);
      const packet = air.sent[which % Math.max(1, air.sent.length)];
      if (op % 6 === 0 || packet === undefined) {
        const [from, to] = which % 2 === 0 ? [hosts[0], b] : [hosts[1], a];
        const bytes = Uint8Array.of(said.length, byte);
        said.push(`${to} ${bytes.join(' ')}`);
        from.send(to, bytes);
        continue;
      }
      const { from, to } = packet;
      const changed = packet.bytes.slice();
      if (op % 6 === 1) air.arrive(from, to, changed);
      else if (op % 6 === 2) {
        const index = place % changed.length;
        changed[index] = (changed[index] ?? 0) ^ (byte | 1);
        air.arrive(from, to, changed);
      } else if (op % 6 === 3) air.arrive(from, to, changed.subarray(0, place));
      else if (op % 6 === 4) air.arrive(to, to, changed);
      else air.arrive(to, from, changed);
    }
    same(new Set(air.delivered).size, air.delivered.length, 'a packet was delivered twice');
    for (const each of air.delivered) law(said.includes(each), 'what nobody sent was delivered');
    const refused = air.vaults.flatMap(({ refused: { forged, replayed } }) => [forged, replayed]);
    return refused.map((count) => Math.min(2, count)).join('');
  },
};

/** Whatever is pushed at it; and what was put into pieces comes out as it was. */
const pieces: Target = {
  ...{ name: 'envelope', covers: [] },
  generate(draw) {
    const parts = draw.list(5, () => draw.exactly(1 + draw.below(30)));
    const all = parts.flatMap((part) => [...pieceHeader(part.length), ...part]);
    return Uint8Array.of(draw.below(256), ...all, ...(draw.boolean() ? endMark : []));
  },
  run(input) {
    const [step = 0] = input;
    const stream = input.subarray(1);
    const whole = carried(stream, Math.max(1, stream.length));
    same(carried(stream, 1 + (step % 17)), whole, 'what it carries depends on how it is cut');
    law(whole.bytes.length <= stream.length, 'it carries more than came');
    return `${whole.ended} ${Math.min(3, whole.bytes.length)}`;
  },
};

function carried(stream: Uint8Array, step: number): { bytes: number[]; ended: boolean } {
  const envelope = new Envelope();
  const found: number[] = [];
  for (let from = 0; from < stream.length; from += step) {
    const chunk = stream.subarray(from, from + step);
    for (let at = 0; at < chunk.length; ) {
      const { payload, next } = envelope.open(chunk, at);
      law(next > at, 'it does not go on');
      found.push(...payload);
      at = next;
    }
  }
  return { bytes: found, ended: envelope.ended };
}

/** The look at what comes first: it never throws, and takes nothing of ours for TLS. */
const firsts: Target = {
  ...{ name: 'first-bytes', covers: [] },
  generate: (draw) => Uint8Array.of(draw.pick([0, 22, 22]), 3, draw.below(6), ...draw.bytes(8)),
  run(input) {
    const header = headerOf(input);
    law(header === undefined || input.length >= 33, 'a short packet has a header');
    const looks = [wantsTls(input), isTlsHello(input)] as const;
    law(looks[0] || !looks[1], 'surely TLS, and not TLS');
    law(input[0] !== 0 || !looks[0], 'a frame of ours is taken for TLS');
    return `${looks.join(' ')} ${header?.kind}`;
  },
};

export const sealed: readonly Target[] = [packets, pieces, firsts];
