/**
 * Servers with a bug planted in one of their machines. A mutant sees each event before the machine
 * does and each effect before the shell does, and may change, drop or add what it likes.
 */

import { Channel, type ChannelEffect, type ChannelEvent } from '../../src/channel/channel.ts';
import type { Message } from '../../src/element/message.ts';
import type { MembershipEffect, MembershipEvent } from '../../src/membership/event.ts';
import { Membership, type MembershipOptions } from '../../src/membership/membership.ts';
import { lan, type Profile } from '../../src/membership/profile.ts';
import { type Parts, standardParts } from '../../src/server/parts.ts';

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
