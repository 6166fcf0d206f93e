/**
 * The network between the machines: who has which address, and when a packet that is sent now
 * arrives, if it does. Datagrams pass through here whole; connections (endpoint.ts) ask only for
 * the fate of their packets.
 *
 * Every draw is keyed by link and moment. `moment` is the time and, for packets that one machine
 * sends to the same other one back to back at that time, their number.
 */

import { type Address, splitAddress } from '../src/id.ts';
import type { Overheard } from './junk.ts';
import { DATAGRAM, MULTICAST } from './kind.ts';
import type { Machine } from './machine.ts';
import type { SimGroup } from './multicast.ts';
import { hashText, keyedFloat } from './random.ts';
import { Rules } from './rules.ts';
import type { Scheduler } from './scheduler.ts';
import { Slab } from './slab.ts';
import { LOOPBACK_US, type Topology } from './topology.ts';
import type { Trace } from './trace.ts';

/** The most a UDP datagram can carry; longer ones are dropped. */
export const DATAGRAM_BYTES_MAX = 65_507;

/** Packets kept by clogs; beyond that they are lost, as in any full queue. */
const HELD_MAX = 65_536;
/** What a lost stream packet costs before it is sent again; doubles each time. */
export const RETRANSMIT_US = 200_000;
const RETRANSMITS_MAX = 6;

const LINK = hashText('link latency');
const JITTER = hashText('jitter');
const DUPLICATE = hashText('duplicate jitter');
const BURST = 64;

interface Packet {
  readonly from: Machine;
  readonly to: Machine;
  readonly bytes: Uint8Array;
  readonly group: SimGroup | undefined;
}

/** What a host gets of a packet to a group: which of its groups it is for. */
export interface GroupPacket {
  readonly to: SimGroup;
  readonly bytes: Uint8Array;
}

/** A connection that waits for its packets to get through. */
export interface Stalled {
  retryNow(): void;
}

export class Network {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly seed: number;
  readonly machines: Machine[] = [];
  readonly addresses: Address[] = [];
  readonly rules: Rules;
  /** Connections whose packets do not get through now, in the order they noticed. */
  readonly stalled = new Set<Stalled>();
  /** Hears what is sent, where somebody makes junk of it. */
  overheard: Overheard | undefined;

  readonly #topology: Topology;
  readonly #byAddress = new Map<string, Machine>();
  readonly #byHost = new Map<string, Machine>();
  /** address => who is in that multicast group, the earliest first. */
  readonly #groups = new Map<Address, Set<SimGroup>>();
  readonly #slab = new Slab();
  #held: Packet[] = [];
  #connections = 0;

  constructor(options: { scheduler: Scheduler; trace: Trace; seed: number; topology: Topology }) {
    this.scheduler = options.scheduler;
    this.trace = options.trace;
    this.seed = options.seed;
    this.#topology = options.topology;
    this.rules = new Rules(this.seed, this.machines, () => this.#release());
  }

  add(machine: Machine): void {
    this.machines.push(machine);
    this.addresses.push(machine.address);
    this.#byAddress.set(machine.address, machine);
    this.#byHost.set(splitAddress(machine.address).host, machine);
    this.#byHost.set(machine.name, machine);
  }

  /** The machine with exactly this address. */
  at(address: string): Machine | undefined {
    return this.#byAddress.get(address);
  }

  /** The machine of this IP address or name. */
  named(host: string): Machine | undefined {
    return this.#byHost.get(host);
  }

  /** Who is in a multicast group: to be added to, and taken from. */
  group(address: Address): Set<SimGroup> {
    let members = this.#groups.get(address);
    if (members === undefined) {
      members = new Set();
      this.#groups.set(address, members);
    }
    return members;
  }

  /** A number for a new connection, for the trace. */
  nextConnection(): number {
    return ++this.#connections;
  }

  /** Whether a packet that arrives now is lost. */
  cut(from: Machine, to: Machine): boolean {
    return to.dark || (!this.rules.none && this.rules.cut(from.index, to.index));
  }

  /** Whether a packet sent now would get through. */
  passes(from: Machine, to: Machine): boolean {
    return !to.dark && this.arrival(from, to) !== undefined;
  }

  /**
   * Sends a datagram; `bytes` may be used again by the caller. `group`: it was sent to that one, of a
   * process on `to`.
   */
  datagram(from: Machine, to: Machine, bytes: Uint8Array, group?: SimGroup): void {
    const moment = this.#moment(from, to);
    this.overheard?.datagram(bytes, group !== undefined);
    let delayUs = 0;
    if (!this.rules.none) {
      const verdict = this.rules.judge({
        from: from.index,
        to: to.index,
        moment,
        atUs: this.scheduler.now,
        bytes: bytes.length,
      });
      if (verdict.fate === 'hold') {
        if (this.#held.length < HELD_MAX) {
          this.#held.push({ from, to, bytes: bytes.slice(), group });
        }
        return;
      }
      if (verdict.fate !== 'deliver') return;
      delayUs = verdict.delayUs;
      for (let copy = 0; copy < verdict.duplicates; copy++) {
        const apart = keyedFloat(this.seed, DUPLICATE, from.index, to.index, moment + copy);
        const laterUs = delayUs + Math.floor(apart * 10_000);
        this.#deliver({ from, to, bytes, group }, laterUs + this.#latencyUs(from, to, moment));
      }
    }
    delayUs += this.#latencyUs(from, to, moment);
    if (group !== undefined) {
      this.#deliver({ from, to, bytes, group }, delayUs);
      return;
    }
    const at = this.scheduler.now + delayUs;
    this.scheduler.push(at, to, DATAGRAM, from.index, bytes.length, this.#slab.copy(bytes));
  }

  /**
   * When a packet of a connection arrives that is sent now, retransmissions included; undefined
   * when it does not get through.
   */
  arrival(from: Machine, to: Machine): number | undefined {
    if (from.dark) return undefined;
    const moment = this.#moment(from, to);
    let delayUs = 0;
    if (!this.rules.none) {
      for (let attempt = 0; ; attempt++) {
        const verdict = this.rules.judge({
          from: from.index,
          to: to.index,
          moment: moment + delayUs * BURST,
          atUs: this.scheduler.now + delayUs,
          bytes: 0,
        });
        if (verdict.fate === 'deliver') {
          delayUs += verdict.delayUs;
          break;
        }
        if (verdict.fate !== 'lose' || attempt === RETRANSMITS_MAX) return undefined;
        delayUs += RETRANSMIT_US * (1 << attempt);
      }
    }
    return this.scheduler.now + delayUs + this.#latencyUs(from, to, moment);
  }

  /** So many bytes of a connection leave, behind what was judged by `arrival`. */
  charge(from: Machine, to: Machine, bytes: number): void {
    if (this.rules.none) return;
    const { now } = this.scheduler;
    this.rules.charge({ from: from.index, to: to.index, moment: 0, atUs: now, bytes });
  }

  #deliver({ from, to, bytes, group }: Packet, delayUs: number): void {
    const at = this.scheduler.now + delayUs;
    const copy = this.#slab.copy(bytes);
    if (group === undefined) {
      this.scheduler.push(at, to, DATAGRAM, from.index, bytes.length, copy);
      return;
    }
    const payload: GroupPacket = { to: group, bytes: copy };
    this.scheduler.push(at, to, MULTICAST, from.index, bytes.length, payload);
  }

  #latencyUs(from: Machine, to: Machine, moment: number): number {
    if (from === to) return LOOPBACK_US;
    const { seed } = this;
    const { index } = from;
    const other = to.index;
    const link =
      index < other
        ? keyedFloat(seed, LINK, index, other, 0)
        : keyedFloat(seed, LINK, other, index, 0);
    const packet = keyedFloat(seed, JITTER, index, other, moment);
    return this.#topology.latencyUs(from, to, link, packet);
  }

  #moment(from: Machine, to: Machine): number {
    const now = this.scheduler.now;
    if (from.sentAt === now && from.sentTo === to.index) from.sentBurst++;
    else {
      from.sentAt = now;
      from.sentTo = to.index;
      from.sentBurst = 0;
    }
    return now * BURST + (from.sentBurst & (BURST - 1));
  }

  /** A rule went away: sends on what clogs held, which other rules may hold again. */
  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { from, to, bytes, group } of held) this.datagram(from, to, bytes, group);
    for (const connection of [...this.stalled]) connection.retryNow();
  }
}
