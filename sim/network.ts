/**
 * The network between the machines: who has which address, and when a packet that is sent now
 * arrives, if it does. Datagrams pass through here whole; connections (endpoint.ts) ask only for
 * the fate of their packets.
 *
 * Every draw is keyed by link and moment. `moment` is the time and, for packets that one machine
 * sends to the same other one back to back at that time, their number.
 */

import { type Address, splitAddress } from '../src/id.ts';
import { DATAGRAM } from './kind.ts';
import type { Machine } from './machine.ts';
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

interface Held {
  readonly from: Machine;
  readonly to: Machine;
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

  readonly #topology: Topology;
  readonly #byAddress = new Map<string, Machine>();
  readonly #byHost = new Map<string, Machine>();
  readonly #slab = new Slab();
  #held: Held[] = [];
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

  /** Sends a datagram; `bytes` may be used again by the caller. */
  datagram(from: Machine, to: Machine, bytes: Uint8Array): void {
    const moment = this.#moment(from, to);
    let delayUs = 0;
    if (!this.rules.none) {
      const verdict = this.rules.judge(from.index, to.index, moment);
      if (verdict.fate === 'hold') {
        if (this.#held.length < HELD_MAX) this.#held.push({ from, to, bytes: bytes.slice() });
        return;
      }
      if (verdict.fate !== 'deliver') return;
      delayUs = verdict.delayUs;
      for (let copy = 0; copy < verdict.duplicates; copy++) {
        const apart = keyedFloat(this.seed, DUPLICATE, from.index, to.index, moment + copy);
        this.#deliver(from, to, bytes, moment, delayUs + Math.floor(apart * 10_000));
      }
    }
    this.#deliver(from, to, bytes, moment, delayUs);
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
        const verdict = this.rules.judge(from.index, to.index, moment + delayUs * BURST);
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

  #deliver(from: Machine, to: Machine, bytes: Uint8Array, moment: number, delayUs: number): void {
    const at = this.scheduler.now + delayUs + this.#latencyUs(from, to, moment);
    this.scheduler.push(at, to, DATAGRAM, from.index, bytes.length, this.#slab.copy(bytes));
  }

  #latencyUs(from: Machine, to: Machine, moment: number): number {
    if (from === to) return LOOPBACK_US;
    const [low, high] = from.index < to.index ? [from.index, to.index] : [to.index, from.index];
    return this.#topology.latencyUs(
      from,
      to,
      keyedFloat(this.seed, LINK, low, high, 0),
      keyedFloat(this.seed, JITTER, from.index, to.index, moment),
    );
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
    for (const { from, to, bytes } of held) this.datagram(from, to, bytes);
    for (const connection of [...this.stalled]) connection.retryNow();
  }
}
