/**
 * What is wrong with the network, as data: rules that are added and removed while the world runs.
 * A rule names the hosts it lies between and what it does to a packet; several apply together.
 *
 * Rules judge a packet when it is sent, and a cut also takes the packets that are on their way when
 * they would arrive. Each draw is keyed by the rule, the link and the moment, so removing one rule
 * changes nothing of what the others do. Packets of a host to itself are never judged.
 */

import { assert } from '../src/assert.ts';
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
  | { readonly type: 'delay'; readonly minUs: number; readonly maxUs: number }
  /** Nothing arrives, silently. */
  | { readonly type: 'cut' }
  /** Nothing arrives until the rule is removed; then what was sent meanwhile does. */
  | { readonly type: 'clog' };

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
export interface Verdict {
  fate: 'deliver' | 'lose' | 'cut' | 'hold';
  delayUs: number;
  duplicates: number;
}

interface Compiled {
  readonly rule: Rule;
  readonly key: number;
  /** host index => bit 0 when in `from`, bit 1 when in `to`. */
  sides: Uint8Array;
}

/** The rules that hold in the network now. */
export class Rules {
  readonly #seed: number;
  readonly #hosts: readonly Place[];
  #active: Compiled[] = [];
  readonly #verdict: Verdict = { fate: 'deliver', delayUs: 0, duplicates: 0 };
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
    this.#active.push({ rule, key, sides: new Uint8Array(0) });
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

  /** Judges a packet sent now; `moment` tells it apart from other packets of the same link. */
  judge(from: number, to: number, moment: number): Verdict {
    const verdict = this.#verdict;
    verdict.fate = 'deliver';
    verdict.delayUs = 0;
    verdict.duplicates = 0;
    if (from === to) return verdict;
    for (const compiled of this.#active) {
      if (!this.#matches(compiled, from, to)) continue;
      const { rule, key } = compiled;
      switch (rule.type) {
        case 'cut':
          verdict.fate = 'cut';
          return verdict;
        case 'clog':
          if (verdict.fate === 'deliver') verdict.fate = 'hold';
          break;
        case 'loss':
          if (keyedFloat(this.#seed, key, from, to, moment) < rule.ratio) verdict.fate = 'lose';
          break;
        case 'duplicate':
          if (keyedFloat(this.#seed, key, from, to, moment) < rule.ratio) verdict.duplicates++;
          break;
        case 'delay': {
          const spread = rule.maxUs - rule.minUs + 1;
          const drawn = keyedFloat(this.#seed, key, from, to, moment);
          verdict.delayUs += rule.minUs + Math.floor(drawn * spread);
          break;
        }
      }
    }
    return verdict;
  }

  /** Whether a packet that arrives now is lost to a cut. */
  cut(from: number, to: number): boolean {
    if (from === to) return false;
    for (const compiled of this.#active) {
      if (compiled.rule.type === 'cut' && this.#matches(compiled, from, to)) return true;
    }
    return false;
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
  }
}
