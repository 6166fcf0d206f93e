/**
 * Servers that join, or that leave, told as messages: each is one whole message, the path of the
 * server and a newline, and goes to one of the receivers. Beyond what the queue holds an event is
 * dropped and counted, so that a reader who finds none dropped knows that it missed nothing.
 */

import { Budget, Share } from '../budget.ts';
import type { Channel } from '../channel/channel.ts';
import { ChurnMap } from '../churn-map.ts';
import type { Clock } from '../host/index.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { ChannelShell, type ElementEffect } from './channel-shell.ts';
import { done, type Element } from './element.ts';

/** What a subscription is about. */
export type SubscriptionSource = 'join' | 'leave';

/** What an event counts, all in all. */
const EVENT_BYTES = limits.messageOverheadBytes;

const encoder = new TextEncoder();

export class SubscriptionElement implements Element {
  readonly source: SubscriptionSource;
  readonly #shell: ChannelShell<Uint8Array>;
  readonly #ended: (self: SubscriptionElement) => void;
  /** Receives that wait: op => call. */
  readonly #receives = new ChurnMap<number, Call>();
  /** Of the events that wait. */
  readonly #share: Share;
  #dropped = 0;

  /** `ended` is called when it is scrubbed. The capacity of `channel` bounds the queue. */
  constructor(
    source: SubscriptionSource,
    options: {
      clock: Clock;
      channel: Channel<Uint8Array>;
      ended: (self: SubscriptionElement) => void;
      /** For the events that wait; without, their number alone is bounded. */
      held?: Budget;
    },
  ) {
    this.#share = new Share(options.held ?? new Budget(Number.POSITIVE_INFINITY));
    this.source = source;
    this.#shell = new ChannelShell(options.clock, options.channel, (each) => this.#perform(each));
    this.#ended = options.ended;
  }

  get kind(): '@join' | '@leave' {
    return `@${this.source}`;
  }

  /** Calls that wait for their answer. */
  get operations(): number {
    return this.#receives.size + this.#shell.watching;
  }

  peek(): unknown {
    const { sent, received } = this.#shell.state;
    const Pending = sent - received;
    return { Source: this.source, Pending, Closed: false, Dropped: this.#dropped };
  }

  /** It happened to this server. */
  tell(server: ServerId): void {
    if (!this.#share.take(EVENT_BYTES)) {
      this.#dropped++;
      return;
    }
    const message = encoder.encode(`/${server}\n`);
    const event = { op: this.#shell.newOp(), message, bytes: message.length };
    this.#shell.step({ type: 'send', ...event, open: false, patient: false });
  }

  receive(call: Call, { patient }: { patient: boolean }): CallEvents {
    const op = this.#shell.newOp();
    this.#receives.set(op, call);
    this.#shell.step({ type: 'receive', op, patient });
    return {
      taken: (offer) => this.#shell.step({ type: 'taken', op, offer }),
      cancelled: () => this.#shell.step({ type: 'cancelReceive', op }),
      failed: () => {
        this.#receives.delete(op);
        this.#shell.step({ type: 'cancelReceive', op });
      },
    };
  }

  /** Answers once a receive would not wait; see channel/watchers.ts. */
  awaitReceive(call: Call): CallEvents {
    return this.#shell.await(call, 'awaitReceive');
  }

  scrub(): void {
    this.#ended(this);
    this.#shell.abort();
    this.#share.close();
  }

  #perform(effect: ElementEffect<Uint8Array>): void {
    const call = this.#receives.get(effect.op);
    if (effect.type === 'offer') {
      call?.offer(effect.offer, true, effect.message);
      return;
    }
    if (effect.type === 'sent') return;
    if (effect.type === 'received') this.#share.give(EVENT_BYTES);
    // What fails and is no receive is an event that found no room.
    if (call === undefined && effect.type === 'failed') {
      this.#dropped++;
      this.#share.give(EVENT_BYTES);
    }
    if (call === undefined) return;
    this.#receives.delete(effect.op);
    if (effect.type === 'received') done(call);
    else call.fail(this.#shell.error(effect));
  }
}
