/**
 * The shell around a channel machine, the same for all elements that have one: numbers what waits,
 * steps the machine, keeps its one timer, and answers those who only await the moment to try. What
 * else the machine asks, the element performs.
 */

import { assert } from '../assert.ts';
import type { Channel } from '../channel/channel.ts';
import type { ChannelEffect, ChannelEvent } from '../channel/event.ts';
import { ChurnMap } from '../churn-map.ts';
import { CircuitError, type ErrorCode, pastLimit } from '../errors.ts';
import type { Clock, Timer } from '../host/index.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { NEVER } from '../time.ts';
import { done } from './element.ts';

/** What an element performs. */
export type ElementEffect<M> = Exclude<ChannelEffect<M>, { type: 'ready' }>;

export class ChannelShell<M> {
  readonly #clock: Clock;
  readonly #channel: Channel<M>;
  readonly #perform: (effect: ElementEffect<M>) => void;
  /** Who awaits a moment to try: op => call. */
  readonly #watching = new ChurnMap<number, Call>();
  #nextOp = 1;
  #timer: Timer | undefined;

  constructor(clock: Clock, channel: Channel<M>, perform: (effect: ElementEffect<M>) => void) {
    this.#clock = clock;
    this.#channel = channel;
    this.#perform = perform;
  }

  get state() {
    return this.#channel.state;
  }

  /** Calls that await a moment to try. */
  get watching(): number {
    return this.#watching.size;
  }

  /** A number for a send or receive. */
  newOp(): number {
    return this.#nextOp++;
  }

  step(event: ChannelEvent<M>): void {
    const effects: ChannelEffect<M>[] = [];
    this.#channel.step(this.#clock.now(), event, effects);
    for (const effect of effects) {
      const call = this.#watching.get(effect.op);
      if (call !== undefined) {
        this.#answer(call, effect);
      } else {
        assert(effect.type !== 'ready', 'only those who watch are told so');
        this.#perform(effect);
      }
    }
    this.#arm();
  }

  /** Answers a call once it is worth trying. */
  await(call: Call, type: 'awaitSend' | 'awaitReceive'): CallEvents {
    const op = this.newOp();
    this.#watching.set(op, call);
    this.step({ type, op });
    return {
      cancelled: () => this.step({ type: 'cancelAwait', op }),
      failed: () => this.step({ type: 'cancelAwait', op }),
    };
  }

  /** Ends all that waits, with ABORTED. */
  abort(): void {
    this.step({ type: 'abort' });
    this.#timer?.cancel();
  }

  /** What a caller is told whose operation came to nothing. */
  error(effect: ChannelEffect<M>): CircuitError {
    const code: ErrorCode = effect.type === 'failed' ? effect.code : 'CANCELLED';
    const message = messages[code];
    if (message !== undefined) return new CircuitError(code, message);
    const what = 'too many senders and receivers wait here';
    return pastLimit(what, 'channelWaitersMax', this.#channel.limits.channelWaitersMax);
  }

  #answer(call: Call, effect: ChannelEffect<M>): void {
    this.#watching.delete(effect.op);
    if (effect.type === 'ready') done(call);
    else call.fail(this.error(effect));
  }

  /** One timer for all offers: it is set anew only when it has fired. */
  #arm(): void {
    if (this.#timer !== undefined) return;
    const deadline = this.#channel.deadline();
    if (deadline === NEVER) return;
    this.#timer = this.#clock.schedule(deadline, () => {
      this.#timer = undefined;
      this.step({ type: 'tick' });
    });
  }
}

const messages: Partial<Record<ErrorCode, string>> = {
  CANCELLED: 'the operation was cancelled; it has had no effect',
  CHANNEL_CLOSED: 'the channel is closed',
  ABORTED: 'the element was scrubbed',
  WOULD_BLOCK: 'the operation would have to wait; it has had no effect',
};
