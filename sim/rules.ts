/**
 * What is wrong with the network, as data: rules that are added and removed while the world runs.
 * A rule names the hosts it lies between and what it does to a packet; several apply together.
 *
 * Rules judge a packet when it is sent, and a cut also takes the packets that are on their way when
 * they would arrive. Each draw is keyed by the rule, the link and the moment, so removing one rule
 * changes nothing of what the others do. Packets of a host to itself are never judged.
 */

import { assert } from '../src/assert.ts';
import { naturalLog } from './faults/draw.ts';
import { hashText, keyedFloat } from './random.ts';
import type { Place } from './topology.ts';

/** Host names; 'any' is every host, also those added later. */
export type Hosts = 'any' | readonly string[];

/** What happens to the packets of a rule. */
export type Fault =
  /** Loses a share of the packets. A stream sends again, so it is only delayed. */
  | { readonly type: 'loss'; readonly ratio: number }
  /** Delivers a share of the datagrams twice. */
  | { readonly type: 'duplicate'; readonly ratio: number }
  /** Adds a delay drawn for each packet; a wide range reorders datagrams. */
  | {
      readonly type: 'delay';
      readonly minUs: number;
      readonly maxUs: number;
      /** The share of the packets that it is added to. Default: all. */
      readonly ratio?: number;
      /** How it is distributed within the range. Default: evenly. */
      readonly shape?: DelayShape;
    }
  /** What a host sends passes a queue that is emptied at this rate; a full queue loses packets. */
  | { readonly type: 'bandwidth'; readonly bytesPerSecond: number; readonly queueBytes: number }
  /** Nothing arrives, silently. */
  | { readonly type: 'cut' }
  /** Nothing arrives until the rule is removed; then what was sent meanwhile does. */
  | { readonly type: 'clog' };

/**
 * `exponential`: an eighth of the range on average. `heavy`: half of the packets within a hundredth
 * of the range, a tenth beyond nine hundredths, as by Pareto. What is beyond the range is at its end.
 */
export type DelayShape = 'even' | 'exponential' | 'heavy';

/** A packet to be judged: between which hosts, by index, when, and how large. */
export interface Judged {
  readonly from: number;
  readonly to: number;
  /** Tells it apart from other packets of the same link. */
  readonly moment: number;
  readonly atUs: number;
  /** Of a datagram; 0 for what `charge` is told of. */
  readonly bytes: number;
}

/** A fault, and the hosts between which it holds. */
export type Rule = Fault & {
  readonly from: Hosts;
  readonly to: Hosts;
  /** Whether it holds from `to` to `from` as well. */
  readonly bothWays?: boolean;
  /** Distinguishes the draws of rules that are alike otherwise. */
  readonly name?: string;
};

/** Cuts both ways between two sets of hosts. */
export function partition(from: Hosts, to: Hosts): Rule {
  return { type: 'cut', from, to, bothWays: true };
}

/** Cuts the hosts off from every other host, and from each other. */
export function isolate(hosts: readonly string[]): Rule {
  return { type: 'cut', from: hosts, to: 'any', bothWays: true };
}

/** What the rules make of one packet. The object is used again for the next packet. */
export interface PacketVerdict {
  fate: 'deliver' | 'lose' | 'cut' | 'hold';
  delayUs: number;
  duplicates: number;
}

interface Compiled {
  readonly rule: Rule;
  readonly key: number;
  /** host index => bit 0 when in `from`, bit 1 when in `to`. */
  sides: Uint8Array;
  /** host index => when the queue of what it sends is empty, where bandwidth is limited. */
  readonly emptyAt: number[];
}

const SHARE = hashText('share of the packets');

/** The rules that hold in the network now. */
export class Rules {
  readonly #seed: number;
  readonly #hosts: readonly Place[];
  #active: Compiled[] = [];
  readonly #verdict: PacketVerdict = { fate: 'deliver', delayUs: 0, duplicates: 0 };
  /** Called after a rule was removed: what it held can go on. */
  readonly #removed: () => void;

  constructor(seed: number, hosts: readonly Place[], removed: () => void) {
    this.#seed = seed;
    this.#hosts = hosts;
    this.#removed = removed;
  }

  /** The rules that hold, in the order in which they were added. */
  get list(): readonly Rule[] {
    return this.#active.map(({ rule }) => rule);
  }

  /** Whether no rule holds. */
  get none(): boolean {
    return this.#active.length === 0;
  }

  /** From now on this rule holds. */
  add(rule: Rule): void {
    check(rule);
    const key = hashText(`${rule.name ?? ''} ${JSON.stringify(rule)}`);
    this.#active.push({ rule, key, sides: new Uint8Array(0), emptyAt: [] });
  }

  /** Removes a rule by identity. Harmless when it is not there. */
  remove(rule: Rule): void {
    const index = this.#active.findIndex((compiled) => compiled.rule === rule);
    if (index < 0) return;
    this.#active.splice(index, 1);
    this.#removed();
  }

  /** From now on no rule holds. */
  clear(): void {
    this.#active = [];
    this.#removed();
  }

  /** Judges a packet that is sent. */
  judge(packet: Judged): PacketVerdict {
    const { from, to } = packet;
    const verdict = this.#verdict;
    verdict.fate = 'deliver';
    verdict.delayUs = 0;
    verdict.duplicates = 0;
    if (from === to) return verdict;
    for (const compiled of this.#active) {
      if (!this.#matches(compiled, from, to)) continue;
      if (compiled.rule.type === 'cut') {
        verdict.fate = 'cut';
        return verdict;
      }
      this.#apply(compiled, packet, verdict);
    }
    return verdict;
  }

  /** So many bytes of a connection are on their way: what is sent after them waits for them. */
  charge(packet: Judged): void {
    for (const compiled of this.#active) {
      if (compiled.rule.type !== 'bandwidth' || packet.from === packet.to) continue;
      if (this.#matches(compiled, packet.from, packet.to)) leave(compiled, compiled.rule, packet);
    }
  }

  /** Whether a packet that arrives now is lost to a cut. */
  cut(from: number, to: number): boolean {
    if (from === to) return false;
    for (const compiled of this.#active) {
      if (compiled.rule.type === 'cut' && this.#matches(compiled, from, to)) return true;
    }
    return false;
  }

  /** Whether nothing that is sent now gets through. */
  silent(from: number, to: number): boolean {
    return this.#active.some(
      (compiled) =>
        (compiled.rule.type === 'cut' || compiled.rule.type === 'clog') &&
        this.#matches(compiled, from, to),
    );
  }

  #apply(compiled: Compiled, packet: Judged, verdict: PacketVerdict): void {
    const { rule } = compiled;
    switch (rule.type) {
      case 'clog':
        if (verdict.fate === 'deliver') verdict.fate = 'hold';
        break;
      case 'loss':
        if (this.#draw(compiled, packet) < rule.ratio) verdict.fate = 'lose';
        break;
      case 'duplicate':
        if (this.#draw(compiled, packet) < rule.ratio) verdict.duplicates++;
        break;
      case 'delay': {
        const { ratio = 1 } = rule;
        if (ratio < 1 && this.#draw(compiled, packet, SHARE) >= ratio) break;
        verdict.delayUs += delayOf(rule, this.#draw(compiled, packet));
        break;
      }
      case 'bandwidth': {
        const waitUs = queue(compiled, rule, packet);
        if (waitUs === undefined) verdict.fate = 'lose';
        else verdict.delayUs += waitUs;
        break;
      }
    }
  }

  #draw({ key }: Compiled, { from, to, moment }: Judged, purpose = 0): number {
    return keyedFloat(this.#seed, key ^ purpose, from, to, moment);
  }

  #matches(compiled: Compiled, from: number, to: number): boolean {
    if (compiled.sides.length <= Math.max(from, to)) compiled.sides = this.#sides(compiled.rule);
    const sides = compiled.sides;
    const fromSides = sides[from] as number;
    const toSides = sides[to] as number;
    if ((fromSides & 1) !== 0 && (toSides & 2) !== 0) return true;
    return compiled.rule.bothWays === true && (fromSides & 2) !== 0 && (toSides & 1) !== 0;
  }

  #sides(rule: Rule): Uint8Array {
    const from = rule.from === 'any' ? undefined : new Set(rule.from);
    const to = rule.to === 'any' ? undefined : new Set(rule.to);
    return Uint8Array.from(
      this.#hosts,
      ({ name }) => (from?.has(name) === false ? 0 : 1) | (to?.has(name) === false ? 0 : 2),
    );
  }
}

type Delay = Extract<Fault, { readonly type: 'delay' }>;

function delayOf({ minUs, maxUs, shape = 'even' }: Delay, drawn: number): number {
  const rangeUs = maxUs - minUs;
  if (shape === 'even') return minUs + Math.floor(drawn * (rangeUs + 1));
  const us = shape === 'heavy' ? (drawn / (1 - drawn)) * 0.01 : -naturalLog(1 - drawn) / 8;
  return minUs + Math.floor(Math.min(1, us) * rangeUs);
}

type Bandwidth = Extract<Fault, { readonly type: 'bandwidth' }>;

/** How long a packet takes to leave its host; undefined when the queue is full. */
function queue(compiled: Compiled, rule: Bandwidth, packet: Judged): number | undefined {
  const waitUs = Math.max(0, (compiled.emptyAt[packet.from] ?? 0) - packet.atUs);
  const waitingBytes = (waitUs * rule.bytesPerSecond) / 1e6;
  if (waitingBytes + packet.bytes > rule.queueBytes) return undefined;
  // What is to be sent again may be judged ahead of its time, and must not keep others waiting.
  if (packet.bytes === 0) return waitUs;
  return leave(compiled, rule, packet) - packet.atUs;
}

/** Puts bytes at the end of the queue of a host; returns when they have left it. */
function leave(compiled: Compiled, rule: Bandwidth, { from, atUs, bytes }: Judged): number {
  const beginsAt = Math.max(atUs, compiled.emptyAt[from] ?? 0);
  const leftAt = beginsAt + Math.ceil((bytes * 1e6) / rule.bytesPerSecond);
  compiled.emptyAt[from] = leftAt;
  return leftAt;
}

function check(rule: Rule): void {
  if (rule.type === 'loss' || rule.type === 'duplicate') {
    assert(rule.ratio >= 0 && rule.ratio <= 1, 'a ratio is from 0 to 1');
  }
  if (rule.type === 'delay') {
    const whole = Number.isInteger(rule.minUs) && Number.isInteger(rule.maxUs);
    assert(
      whole && rule.minUs >= 0 && rule.maxUs >= rule.minUs,
      'a delay is a range of microseconds',
    );
    const { ratio = 1 } = rule;
    assert(ratio >= 0 && ratio <= 1, 'a ratio is from 0 to 1');
  }
  if (rule.type === 'bandwidth') {
    assert(
      rule.bytesPerSecond > 0 && rule.queueBytes > 0,
      'a bandwidth and its queue are positive',
    );
  }
}
