/**
 * A channel under test beside what a channel must do, said in the simplest way: a list of messages
 * in the order sent. Receivers are played too: offers reach them one by one, when the test says so,
 * and they take each; one that is never let take is asleep or dead.
 */

import { expect } from 'vitest';
import { Channel } from '../../src/channel/channel.ts';
import type { ChannelEffect, ChannelEvent } from '../../src/channel/event.ts';
import { limits } from '../../src/limits.ts';

export interface Send {
  readonly op: number;
  open: boolean;
  /** What was answered, in order. */
  readonly answers: string[];
  received: boolean;
}

export interface Receive {
  readonly op: number;
  /** Offers under way to it. */
  inbox: number[];
  /** The message last offered to it, as far as nobody else has it. */
  offered: number | undefined;
  taken: boolean;
  offeredAt: number;
  got: number | undefined;
  answer: string | undefined;
}

export class ChannelModel {
  readonly channel: Channel<number>;
  now = 0;
  readonly sends: Send[] = [];
  readonly receives: Receive[] = [];
  readonly received: number[] = [];
  /** New offers since the channel was made. */
  offers = 0;
  closed = false;
  aborted = false;
  readonly #capacity: number;
  #nextOp = 1;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.channel = new Channel<number>(capacity);
  }

  send(options: { open?: boolean; bytes?: number } = {}): Send {
    const { open = false, bytes = 1 } = options;
    const send: Send = { op: this.#nextOp++, open, answers: [], received: false };
    this.sends.push(send);
    this.step({ type: 'send', op: send.op, message: send.op, bytes, open, patient: true });
    return send;
  }

  whole(send: Send): void {
    if (!send.open || send.received || send.answers.some(isFinal)) return;
    send.open = false;
    this.step({ type: 'whole', op: send.op, bytes: 1 });
  }

  cancelSend(send: Send): void {
    const pending = !send.received && !isComplete(send);
    this.step({ type: 'cancelSend', op: send.op });
    if (pending) expect(send.answers.at(-1)).toBe('cancelled');
  }

  receive(): Receive {
    const receive: Receive = {
      op: this.#nextOp++,
      inbox: [],
      offered: undefined,
      taken: false,
      offeredAt: 0,
      got: undefined,
      answer: undefined,
    };
    this.receives.push(receive);
    this.step({ type: 'receive', op: receive.op, patient: true });
    return receive;
  }

  cancelReceive(receive: Receive): void {
    const pending = receive.answer === undefined;
    this.step({ type: 'cancelReceive', op: receive.op });
    if (pending) expect(receive.answer).toBe('cancelled');
  }

  /** The next offer reaches the receiver, which takes it. */
  take(receive: Receive): void {
    const offer = receive.inbox.shift();
    if (offer === undefined) return;
    receive.taken = receive.inbox.length === 0 && receive.offered !== undefined;
    const first = this.pending()[0];
    const mustReceive = receive.taken && receive.offered === first?.op;
    this.step({ type: 'taken', op: receive.op, offer });
    if (mustReceive) expect(receive.answer).toBe('received');
  }

  tick(us: number): void {
    this.now += us;
    this.step({ type: 'tick' });
  }

  close(): void {
    this.closed = true;
    this.step({ type: 'close' });
  }

  abort(): void {
    this.aborted = true;
    this.step({ type: 'abort' });
    for (const send of this.sends) {
      if (!isComplete(send) && !send.received) expect(send.answers.at(-1)).toBe('ABORTED');
    }
    for (const receive of this.receives) expect(receive.answer).toBeDefined();
  }

  /** Not received and not taken back, in the order sent. */
  pending(): Send[] {
    return this.sends.filter((send) => !send.received && !send.answers.some(isFinal));
  }

  /** Everybody who waits, in the order in which they came. */
  waiting(): Receive[] {
    return this.receives.filter((receive) => receive.answer === undefined);
  }

  step(event: ChannelEvent<number>): void {
    const effects: ChannelEffect<number>[] = [];
    this.channel.step(this.now, event, effects);
    for (const effect of effects) this.#heard(effect);
    if (event.type === 'tick') this.#noteSleepers();
    if (!this.aborted) this.#check();
  }

  #heard(effect: ChannelEffect<number>): void {
    const send = this.sends.find(({ op }) => op === effect.op);
    const receive = this.receives.find(({ op }) => op === effect.op);
    switch (effect.type) {
      case 'sent':
        expect(send?.answers).toEqual([]);
        send?.answers.push('sent');
        break;
      case 'offer': {
        expect(receive?.answer).toBeUndefined();
        for (const other of this.receives) {
          if (other.offered === effect.message) other.offered = undefined;
        }
        if (receive === undefined) throw new Error('an offer to nobody');
        this.offers++;
        receive.inbox.push(effect.offer);
        receive.offered = effect.message;
        receive.offeredAt = this.now;
        receive.taken = false;
        break;
      }
      case 'received': {
        if (receive === undefined) throw new Error('received by nobody');
        expect(receive.answer).toBeUndefined();
        expect(receive.taken).toBe(true);
        expect(receive.offered).toBe(effect.message);
        const [first] = this.pending();
        expect(effect.message).toBe(first?.op);
        if (first !== undefined) first.received = true;
        receive.answer = 'received';
        receive.got = effect.message;
        receive.offered = undefined;
        this.received.push(effect.message);
        break;
      }
      case 'cancelled':
      case 'failed': {
        const answer = effect.type === 'failed' ? effect.code : 'cancelled';
        if (receive !== undefined) {
          expect(receive.answer).toBeUndefined();
          receive.answer = answer;
          receive.offered = undefined;
        } else {
          expect(isComplete(send as Send)).toBe(false);
          send?.answers.push(answer);
          for (const other of this.receives) {
            if (other.offered === effect.op) other.offered = undefined;
          }
        }
        break;
      }
      case 'ready':
        throw new Error('nobody watches yet');
      default:
        effect satisfies never;
    }
  }

  /** Who has not taken an offer in time has none any more. */
  #noteSleepers(): void {
    for (const receive of this.waiting()) {
      const late = receive.offeredAt + offerTimeoutUs <= this.now;
      if (receive.offered !== undefined && !receive.taken && late) receive.offered = undefined;
    }
  }

  #check(): void {
    const buffered = this.sends.filter(
      (send) => send.answers.includes('sent') && !send.received && !send.answers.some(isFinal),
    );
    expect(buffered.length).toBeLessThanOrEqual(this.#capacity);
    expect(this.channel.state.received).toBe(this.received.length);
    expect(this.channel.deadline()).toBeGreaterThan(this.now);
    const offered = new Set(this.waiting().map((receive) => receive.offered));
    const unoffered = this.pending().some(({ op }) => !offered.has(op));
    const idle = this.waiting().some(
      (receive) => receive.offered === undefined && receive.inbox.length === 0,
    );
    expect(unoffered && idle).toBe(false);
    if (this.closed && this.pending().length === 0) expect(this.waiting()).toEqual([]);
  }
}

export const offerTimeoutUs = limits.offerTimeoutMs * 1000;

/** Taken back or failed: it will never be received. */
function isFinal(answer: string): boolean {
  return answer !== 'sent';
}

/** There is no more to be answered. */
function isComplete(send: Send): boolean {
  return send.answers.some(isFinal) || (send.answers.length > 0 && !send.open);
}
