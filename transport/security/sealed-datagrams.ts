/**
 * Datagrams that only who has a key can make and read, each of which is taken at most once, by the
 * host it was made for, from the address it was sent from. The form of a packet is in seal.ts.
 *
 * A packet is made for the salt of its receiver. Who does not know that seals for nobody; such a
 * packet is not delivered. It proves that its sender has a key, so the receiver answers with a notice,
 * which tells its salt and which packet it answers, made for the salt of who sent that. A sender takes
 * notice only of what answers a packet that it sent there a moment ago, and then sends what it has
 * kept for that address once more. A packet for a salt that was ours before a restart is answered in
 * the same way. A notice is as short as a packet can be, so nobody gets more bytes than came in the
 * name of its address.
 *
 *     A -> B   data, for nobody             B: somebody with a key, who does not know me
 *     B -> A   notice, for A                A: that is B; it knows me as well
 *     A -> B   the same data, for B         B: delivers it, and knows A
 *
 * Nothing is remembered of who sends what cannot be opened, was not made for us, or was made for
 * nobody, which may be an old recording. So the senders that are remembered have a key and live. When
 * there are too many of them we take another salt, and with it all packets made so far are worthless,
 * which is why we may forget what we took of them. The same is done before our counter is used up.
 */

import { assert } from '../../src/assert.ts';
import type { Datagrams, OnDatagram } from '../../src/host/network.ts';
import type { Address } from '../../src/id.ts';
import { limits } from '../../src/limits.ts';
import type { Refusal } from '../../src/refused.ts';
import { datagramBytesMax } from '../datagram-bytes.ts';
import { Allowance } from './allowance.ts';
import { Boot } from './boot.ts';
import { KeptPackets } from './kept.ts';
import { Peers } from './peers.ts';
import {
  type Header,
  headerOf,
  keptSalt,
  kinds,
  nobody,
  type PacketKey,
  packetKeys,
  type Salt,
  seal,
  sealBytes,
  wayOf,
} from './seal.ts';
import { type Opened, Senders } from './senders.ts';
import type { Vault } from './vault.ts';

interface Arrival {
  readonly from: Address;
  readonly header: Header;
  readonly packet: Uint8Array;
}

/** What is remembered of others. */
type Memory = 'senders' | 'askers' | 'peers' | 'kept' | 'keptBytes';

/** What a test may choose. */
export interface SealOptions {
  /** Time in ms, which only moves forward. */
  readonly now?: () => number;
  readonly boot?: Boot;
}

/** Those of `vault` when it has keys; else what was given, as it is. */
export function sealedDatagrams(plain: Datagrams, vault: Vault | undefined): Datagrams {
  return vault?.first === undefined ? plain : new SealedDatagrams(plain, vault);
}

export class SealedDatagrams implements Datagrams {
  readonly address: Address;
  readonly #plain: Datagrams;
  readonly #vault: Vault;
  readonly #now: () => number;
  readonly #boot: Boot;
  readonly #senders = new Senders();
  /** Those that sent us packets for nobody, which may be recordings: forgetting them does no harm. */
  readonly #askers = new Senders();
  readonly #peers = new Peers();
  readonly #kept = new KeptPackets();
  readonly #notices = new Allowance(limits.noticesMax);
  readonly #unproven = new Allowance(limits.unprovenNoticesMax);
  readonly #unwatch: () => void;
  #keys: readonly PacketKey[];
  #onDatagram: OnDatagram | undefined;
  #open = true;

  /** The vault has keys. */
  constructor(plain: Datagrams, vault: Vault, options: SealOptions = {}) {
    this.address = plain.address;
    this.#plain = plain;
    this.#vault = vault;
    this.#now = options.now ?? (() => performance.now());
    this.#boot = options.boot ?? new Boot();
    this.#keys = packetKeys(vault.ring, 'datagram');
    this.#unwatch = vault.watch(() => {
      this.#keys = packetKeys(vault.ring, 'datagram');
    });
    plain.receive((from, packet) => this.#received(from, packet));
  }

  /** What is remembered of others, in entries; bounded, whatever they do. */
  get remembered(): Readonly<Record<Memory, number>> {
    const { size: kept, bytes: keptBytes } = this.#kept;
    const { size: senders } = this.#senders;
    const { size: askers } = this.#askers;
    return { senders, askers, peers: this.#peers.size, kept, keptBytes };
  }

  send(to: Address, bytes: Uint8Array): void {
    if (!this.#open || bytes.length > datagramBytesMax - sealBytes) return;
    const now = this.#now();
    if (this.#boot.spent) this.#renew();
    const receiver = to === this.address ? this.#boot.salt : this.#peers.toSend(to, now);
    const counter = this.#send(to, receiver, bytes);
    this.#kept.keep(counter, { to, plain: bytes.slice(), receiver, at: now });
  }

  receive(onDatagram: OnDatagram): void {
    this.#onDatagram = onDatagram;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#unwatch();
    this.#kept.clear();
    this.#plain.close();
  }

  /** Returns the counter of the packet. */
  #send(to: Address, receiver: Salt | undefined, bytes: Uint8Array): number {
    if (this.#boot.spent) this.#renew();
    const header = this.#header(kinds.data, receiver?.hint ?? nobody.hint);
    this.#seal(to, header, receiver ?? nobody, bytes);
    return header.counter;
  }

  /** Tells who sent that packet who we are. */
  #notify(to: Address, { salt, counter }: Header): void {
    if (this.#boot.spent) this.#renew();
    this.#seal(to, this.#header(kinds.notice, counter), salt, nothing);
  }

  #header(kind: number, hint: number): Header {
    return {
      kind,
      keyHint: this.#key.hint,
      salt: this.#boot.salt,
      hint,
      counter: this.#boot.take(),
    };
  }

  #seal(to: Address, header: Header, receiver: Salt, bytes: Uint8Array): void {
    const context = { receiver, way: wayOf(this.address, to) };
    this.#plain.send(to, seal(this.#boot.keyBy(this.#key), header, context, bytes));
  }

  /** The key to seal with. */
  get #key(): PacketKey {
    const [first] = this.#keys;
    assert(first !== undefined, 'a protected host has a key');
    return first;
  }

  #received(from: Address, packet: Uint8Array): void {
    const header = headerOf(packet);
    const isKeyed = this.#keys.some(({ hint }) => hint === header?.keyHint);
    if (header === undefined || !isKeyed) {
      this.#refuse('forged', from);
    } else if (header.kind === kinds.data) {
      this.#data({ from, header, packet });
    } else if (header.kind === kinds.notice) {
      this.#noticed({ from, header, packet });
    } else {
      this.#refuse('forged', from);
    }
  }

  #data(arrival: Arrival): void {
    const { from, header } = arrival;
    const { salt } = this.#boot;
    if (header.hint === salt.hint) this.#forUs(arrival);
    else if (header.salt.text === salt.text)
      this.#refuse('replayed', from); // Ours, to others.
    else if (header.hint === nobody.hint) this.#forNobody(arrival);
    else this.#forFormer(arrival);
  }

  #forUs(arrival: Arrival): void {
    const opened = this.#opened(this.#senders, this.#boot.salt, arrival);
    if (opened === undefined) return;
    const { from, header } = arrival;
    if (this.#take(opened, header)) {
      // Of who is known at an address only a notice convinces us: this packet may have been held up.
      const isAt = this.#peers.isAt(from, header.salt);
      if (isAt === undefined) this.#peers.learn(from, keptSalt(header.salt));
      if (isAt === true) this.#peers.heard(from);
    }
    this.#onDatagram?.(from, opened.plain);
  }

  /** From somebody who does not know us, or a recording of such a packet: it is not delivered. */
  #forNobody(arrival: Arrival): void {
    const opened = this.#opened(this.#askers, nobody, arrival);
    if (opened === undefined) return;
    const { from, header } = arrival;
    this.#askers.take(opened, header.counter);
    if (this.#askers.size > limits.sealAskersMax) this.#askers.forgetOldest();
    if (this.#notices.take(this.#now())) this.#notify(from, header);
  }

  /** For somebody who was here before us, or is elsewhere. Whether it is genuine we cannot know. */
  #forFormer({ from, header }: Arrival): void {
    this.#refuse('replayed', from);
    if (this.#unproven.take(this.#now())) this.#notify(from, header);
  }

  #noticed(arrival: Arrival): void {
    const opened = this.#opened(this.#senders, this.#boot.salt, arrival);
    if (opened === undefined) return;
    const { from, header } = arrival;
    const now = this.#now();
    const isAnswer = this.#kept.has(header.hint, from, now);
    if (!isAnswer && this.#peers.isAt(from, header.salt) !== true) {
      this.#refuse('replayed', from);
      return;
    }
    // The answers to all packets but the first come late, and tell what we know.
    if (!this.#take(opened, header) || !isAnswer) return;
    const salt = keptSalt(header.salt);
    this.#peers.learn(from, salt);
    const lost = this.#kept.takeFor(from, salt, header.hint, now);
    for (const plain of lost) this.#send(from, salt, plain);
  }

  /** What was sealed for `receiver` and not taken yet; anything else is counted. */
  #opened(senders: Senders, receiver: Salt, arrival: Arrival): Opened | undefined {
    const { from, header, packet } = arrival;
    const context = { receiver, way: wayOf(from, this.address) };
    const opened = senders.open(this.#keys, header, context, packet);
    if (typeof opened !== 'string') return opened;
    this.#refuse(opened, from);
    return undefined;
  }

  /** Remembers that it was taken. False when there was no room: then we are somebody else now. */
  #take(opened: Opened, { counter }: Header): boolean {
    this.#senders.take(opened, counter);
    if (this.#senders.size <= limits.sealSendersMax) return true;
    this.#renew();
    return false;
  }

  /** Becomes somebody else: whatever was made for us, or by us, is worthless. */
  #renew(): void {
    this.#boot.renew();
    this.#senders.clear();
    this.#kept.clear();
  }

  #refuse(refusal: Refusal, from: Address): void {
    this.#vault.refuse(refusal, from);
  }
}

const nothing = new Uint8Array(0);
