/** A handle to a subscription: servers that join, or that leave. */

import { Chan } from './chan.ts';
import type { Waiting } from './options.ts';
import type { Place } from './place.ts';

/** The state of a subscription, as peek gives it. */
export interface SubscriptionState {
  /** What it is about. */
  readonly Source: 'join' | 'leave';
  /** Events that nobody has received yet. */
  readonly Pending: number;
  /** Always false: it goes on until it is scrubbed. */
  readonly Closed: boolean;
  /** Events that were lost because too many were pending. */
  readonly Dropped: number;
}

/** Servers that join, or that leave: each event goes to one receiver, in the order told. */
export class Subscription implements AsyncIterable<string> {
  readonly #place: Place;
  readonly #events: Chan;

  /** @internal */
  constructor(place: Place) {
    this.#place = place;
    this.#events = new Chan(place);
  }

  /** The full path of its anchor. */
  get path(): string {
    return this.#place.text;
  }

  /**
   * The next event: the path of a server, such as `/X317c2314a386a9db`. Each event goes to one
   * receiver. When it is cancelled or times out, no event was taken.
   * Throws ABORTED, SERVER_GONE, NO_SUCH_ANCHOR, WRONG_KIND.
   */
  async receive(waiting: Waiting = {}): Promise<string> {
    return (await this.#events.receiveText(waiting)).trimEnd();
  }

  /** The next event if there is one; undefined when it would have to wait. */
  async tryReceive(waiting: Waiting = {}): Promise<string | undefined> {
    const event = await this.#events.tryReceive(waiting);
    return event && decoder.decode(event).trimEnd();
  }

  /** Events, one after another, without end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    for (;;) yield await this.receive();
  }

  /** Its state. */
  async peek(waiting: Waiting = {}): Promise<SubscriptionState> {
    const { request } = this.#place.to({});
    return (await this.#place.askJson('peek', request, waiting)) as SubscriptionState;
  }

  /** Aborts everything that waits on the subscription and removes it. */
  async scrub(waiting: Waiting = {}): Promise<void> {
    await this.#events.scrub(waiting);
  }
}

const decoder = new TextDecoder();
