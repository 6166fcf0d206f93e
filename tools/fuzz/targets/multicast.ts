/** Packets of two groups on one network, and somebody there who holds, repeats and changes them. */

import type { MulticastEvents } from '../../../src/host/multicast.ts';
import { type Address, parseAddress } from '../../../src/id.ts';
import { parseKeys } from '../../../transport/security/keys.ts';
import { SealedMulticast } from '../../../transport/security/sealed-multicast.ts';
import { Vault } from '../../../transport/security/vault.ts';
import { law, same, type Target } from '../target.ts';

const [one, two, both] = [[7], [8], [8, 7]].map((bytes) => {
  return parseKeys(
    bytes.map((byte) => Buffer.alloc(32, byte).toString('base64')).join('\n'),
    'FILE',
  );
}) as [Ring, Ring, Ring];
type Ring = ReturnType<typeof parseKeys>;
const groups = ['228.8.8.8:7711', '228.8.8.9:7711'].map(parseAddress);
const somewhere = parseAddress('10.0.0.9:7711');
const silent = { write() {} };
const ECHO_MS = 1_000;
const STEPS_MAX = 60;

interface Packet {
  readonly group: number;
  readonly bytes: Uint8Array;
}

/** Hosts with a key, of which each is in both groups. */
class Segment {
  now = 10_000;
  readonly sent: Packet[] = [];
  /** `host group text`. */
  readonly heard: string[] = [];
  readonly vaults: Vault[] = [];
  readonly #listeners: { readonly group: number; readonly events: MulticastEvents }[] = [];

  host(number: number): ((bytes: Uint8Array) => void)[] {
    const vault = new Vault(silent, one);
    this.vaults.push(vault);
    const plain = {
      join: (address: Address, events: MulticastEvents) => {
        const group = groups.indexOf(address);
        this.#listeners.push({ group, events });
        const send = (bytes: Uint8Array) => void this.sent.push({ group, bytes: bytes.slice() });
        return { send, close() {} };
      },
      close() {},
    };
    const sealed = new SealedMulticast(plain, vault, () => this.now);
    return groups.map((address, group) => {
      const joined = sealed.join(address, {
        joined() {},
        failed() {},
        received: (_from, bytes) => this.heard.push(`${number} ${group} ${bytes.join(' ')}`),
      });
      return (bytes) => joined.send(bytes);
    });
  }

  arrive(group: number, bytes: Uint8Array): void {
    for (const each of this.#listeners) {
      if (each.group === group) each.events.received(somewhere, bytes.slice());
    }
  }

  /** What was turned away, all in all. */
  get refused(): number {
    return this.vaults.reduce((sum, { refused }) => sum + refused.forged + refused.replayed, 0);
  }
}

/** Steps of four bytes: what is done, to which packet so far, at which place, and with what. */
export const multicast: Target = {
  ...{ name: 'sealed-multicast', covers: [], share: 0.1, bytesBase: 8 * 1024 * 1024 },
  generate: (draw) =>
    Uint8Array.from(
      Array.from({ length: 2 + draw.below(20) }, () => [
        ...[draw.below(draw.boolean() ? 2 : 8), draw.below(12), draw.below(80), draw.below(256)],
      ]).flat(),
    ),
  run(input) {
    const segment = new Segment();
    const hosts = [segment.host(0), segment.host(1)];
    const said = new Set<string>();
    let refused = 0;
    let takenAt = Number.NEGATIVE_INFINITY;
    for (let at = 0, step = 0; at + 4 <= input.length && step < STEPS_MAX; at += 4, step++) {
      const [op = 0, which = 0, place = 0, byte = 0] = input.subarray(at, at + 4);
      const packet = segment.sent[which % Math.max(1, segment.sent.length)];
      const group = which & 1;
      const heard = segment.heard.length;
      if (op % 8 === 6) segment.now += place * (ECHO_MS / 20);
      else if (op % 8 === 7) segment.vaults[group]?.replace([one, two, both][byte % 3] as Ring);
      else if (op % 8 === 0 || packet === undefined) {
        const bytes = Uint8Array.of(said.size, byte);
        said.add(`${group} ${bytes.join(' ')}`);
        hosts[(which >> 1) & 1]?.[group]?.(bytes);
      } else {
        const { bytes, changed } = tampered(packet, op % 8, place, byte);
        const elsewhere = op % 8 === 4;
        segment.arrive(elsewhere ? 1 - packet.group : packet.group, bytes);
        const isForged = changed || elsewhere;
        law(!isForged || segment.heard.length === heard, 'a forged packet was delivered');
        // Within that time it may be an echo of one that was taken, and is not looked at.
        const isEcho = segment.now - takenAt < ECHO_MS;
        const isCounted = segment.refused === refused + segment.vaults.length;
        law(!isForged || isEcho || isCounted, 'a forged packet was not counted by each');
        if (segment.heard.length > heard) takenAt = segment.now;
      }
      refused = segment.refused;
    }
    same(new Set(segment.heard).size, segment.heard.length, 'a packet was delivered twice');
    for (const each of segment.heard) law(said.has(each.slice(2)), 'what nobody said was heard');
    const counts = segment.vaults.map(({ refused: { forged, replayed } }) => [forged, replayed]);
    return counts
      .flat()
      .map((count) => Math.min(2, count))
      .join('');
  },
};

function tampered({ bytes }: Packet, op: number, place: number, byte: number) {
  const copy = bytes.slice();
  if (op === 2) {
    const index = place % copy.length;
    copy[index] = (copy[index] ?? 0) ^ (byte | 1);
    return { bytes: copy, changed: true };
  }
  if (op === 3) return { bytes: copy.subarray(0, place), changed: place < copy.length };
  if (op === 5) return { bytes: Uint8Array.of(...copy, byte), changed: true };
  return { bytes: copy, changed: false };
}
