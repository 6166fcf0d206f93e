/**
 * Servers with a bug planted in one of their machines. A mutant sees each event before the machine
 * does and each effect before the shell does, and may change, drop or add what it likes. Where the
 * bug lies deeper, a method of one part of the machine is another for the time of one run.
 */

import type { Scenario } from '../../sim/index.ts';
import { Channel } from '../../src/channel/channel.ts';
import type { ChannelEffect, ChannelEvent } from '../../src/channel/event.ts';
import type { Message } from '../../src/element/message.ts';
import type { MembershipEffect, MembershipEvent } from '../../src/membership/event.ts';
import { Membership, type MembershipOptions } from '../../src/membership/membership.ts';
import { lan, type Profile } from '../../src/membership/profile.ts';
import { type Parts, standardParts } from '../../src/server/parts.ts';
import { simulate } from './simulate.ts';

export interface Bug {
  readonly parts?: Parts;
  readonly patches?: readonly Patch[];
}

/** Plants something; what it returns takes it out again. */
export type Patch = () => () => void;

/** Which guarantee broke first, in the first of the seeds that broke one. */
export async function broken(
  scene: Scenario,
  { parts, patches = [] }: Bug,
  seeds: readonly string[] = ['1'],
): Promise<string> {
  const restore = patches.map((plant) => plant());
  try {
    for (const seed of seeds) {
      const { violations } = await simulate(scene, { seed, ...(parts && { parts }) });
      if (violations[0] !== undefined) return violations[0].guarantee;
    }
    return 'nothing is broken';
  } finally {
    for (const each of restore.reverse()) each();
  }
}

// Whatever its arguments: only so do all methods fit.
// biome-ignore lint/suspicious/noExplicitAny: as said above.
type Method = (...args: any[]) => unknown;

/** Makes a method of all objects of a class another one, which may call the one that it was. */
export function patched<Core extends object, Name extends keyof Core & string>(
  type: { readonly prototype: Core },
  name: Name,
  instead: Core[Name] extends Method
    ? (original: Core[Name], self: Core, ...args: Parameters<Core[Name]>) => ReturnType<Core[Name]>
    : never,
): Patch {
  return () => {
    const before = Object.getOwnPropertyDescriptor(type.prototype, name);
    if (typeof before?.value !== 'function') throw new Error(`there is no method "${name}"`);
    const original: Method = before.value;
    const value = function (this: Core, ...args: unknown[]) {
      return (instead as Method)(original.bind(this), this, ...args);
    };
    Object.defineProperty(type.prototype, name, { ...before, value });
    return () => Object.defineProperty(type.prototype, name, before);
  };
}

export interface Plant<Event, Effect> {
  /** What the machine is told instead. */
  readonly event?: (event: Event, self: Mutant) => readonly Event[];
  /** What the shell is asked to do instead. */
  readonly effect?: (effect: Effect, self: Mutant) => readonly Effect[];
}

/** State of one mutant: a counter that plants may use to strike now and then. */
export interface Mutant {
  count: number;
  readonly now: number;
  /** Of its server; empty in a channel. */
  readonly address: string;
}

type MembershipPlant = Plant<MembershipEvent, MembershipEffect>;
type ChannelPlant = Plant<ChannelEvent<Message>, ChannelEffect<Message>>;

export function membershipMutant(plant: MembershipPlant): Parts {
  return { ...standardParts, membership: (options) => new MutantMembership(options, plant) };
}

export function profileMutant(change: (profile: Profile) => Profile): Parts {
  return {
    ...standardParts,
    membership: (options) => new Membership({ ...options, profile: change(lan) }),
  };
}

export function channelMutant(plant: ChannelPlant): Parts {
  return { ...standardParts, channel: (capacity) => new MutantChannel(capacity, plant) };
}

class MutantMembership extends Membership {
  readonly #plant: MembershipPlant;
  readonly #self;

  constructor(options: MembershipOptions, plant: MembershipPlant) {
    super(options);
    this.#plant = plant;
    this.#self = { count: 0, now: 0, address: options.self.address };
  }

  override step(now: number, event: MembershipEvent, out: { push(e: MembershipEffect): void }) {
    this.#self.now = now;
    for (const changed of this.#plant.event?.(event, this.#self) ?? [event]) {
      const effects: MembershipEffect[] = [];
      super.step(now, changed, effects);
      for (const effect of effects) {
        for (const instead of this.#plant.effect?.(effect, this.#self) ?? [effect]) {
          out.push(instead);
        }
      }
    }
  }
}

class MutantChannel extends Channel<Message> {
  readonly #plant: ChannelPlant;
  readonly #self = { count: 0, now: 0, address: '' };

  constructor(capacity: number, plant: ChannelPlant) {
    super(capacity);
    this.#plant = plant;
  }

  override step(now: number, event: ChannelEvent<Message>, out: ChannelEffect<Message>[]) {
    this.#self.now = now;
    for (const changed of this.#plant.event?.(event, this.#self) ?? [event]) {
      const effects: ChannelEffect<Message>[] = [];
      super.step(now, changed, effects);
      for (const effect of effects) {
        out.push(...(this.#plant.effect?.(effect, this.#self) ?? [effect]));
      }
    }
  }
}
