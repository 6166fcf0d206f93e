/**
 * The subscriptions of a server. They are told what its observer is told, in the same order, and
 * who subscribes to arrivals first gets those that are present, this server and then the others by
 * their ids: so a reader knows at any time who is present, and nothing falls between the two. To
 * subscribe and to tell are each done in one go, and neither waits for the other.
 */

import type { Budget } from '../budget.ts';
import { Channel } from '../channel/channel.ts';
import { SubscriptionElement, type SubscriptionSource } from '../element/subscription.ts';
import { pastLimit } from '../errors.ts';
import type { Clock } from '../host/index.ts';
import type { ServerId } from '../id.ts';
import { type Limits, limits } from '../limits.ts';

export class Subscriptions {
  readonly #clock: Clock;
  readonly #present: () => Iterable<ServerId>;
  readonly #all = new Set<SubscriptionElement>();
  readonly #limits: Limits;
  readonly #held: Budget | undefined;

  /** `present`: who was told as joined and not as left, between two tellings. */
  constructor(
    clock: Clock,
    present: () => Iterable<ServerId>,
    bounds: { readonly limits: Limits; readonly held?: Budget } = { limits },
  ) {
    this.#limits = bounds.limits;
    this.#held = bounds.held;
    this.#clock = clock;
    this.#present = present;
  }

  joined(server: ServerId): void {
    this.#tell('join', server);
  }

  left(server: ServerId): void {
    this.#tell('leave', server);
  }

  /** Begins a subscription, which lasts until it is scrubbed. Throws LIMIT. */
  make(source: SubscriptionSource): SubscriptionElement {
    const { subscriptionsMax, subscriptionEventsMax } = this.#limits;
    if (this.#all.size >= subscriptionsMax) {
      const what = 'the server has too many subscriptions: scrub one, or share it';
      throw pastLimit(what, 'subscriptionsMax', subscriptionsMax);
    }
    const subscription = new SubscriptionElement(source, {
      clock: this.#clock,
      channel: new Channel<Uint8Array>(subscriptionEventsMax),
      ...(this.#held === undefined ? {} : { held: this.#held }),
      ended: (self) => void this.#all.delete(self),
    });
    this.#all.add(subscription);
    if (source === 'join') for (const server of this.#present()) subscription.tell(server);
    return subscription;
  }

  #tell(source: SubscriptionSource, server: ServerId): void {
    for (const each of this.#all) if (each.source === source) each.tell(server);
  }
}
