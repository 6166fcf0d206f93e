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
  readonly patient: boolean;
  open: boolean;
  /** What was answered, in order. */
  readonly answers: string[];
  received: boolean;
}

export interface Receive {
  readonly op: number;
  readonly patient: boolean;
  /** Offers under way to it. */
  inbox: number[];
  /** The message last offered to it, as far as nobody else has it. */
  offered: number | undefined;
  taken: boolean;
  offeredAt: number;
  /** It left an offer for too long: it gets none until it takes that. */
  asleep: boolean;
  got: number | undefined;
  answer: string | undefined;
}

export interface Watch {
  readonly op: number;
  readonly of: 'send' | 'receive';
  answer: string | undefined;
}

export class ChannelModel {
  readonly channel: Channel<number>;
  now = 0;
  readonly sends: Send[] = [];
  readonly receives: Receive[] = [];
  readonly watches: Watch[] = [];
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

  send(options: { open?: boolean; bytes?: number; patient?: boolean } = {}): Send {
    const { open = false, bytes = 1, patient = true } = options;
    const send: Send = { op: this.#nextOp++, patient, open, answers: [], received: false };
    this.sends.push(send);
    this.step({ type: 'send', op: send.op, message: send.op, bytes, open, patient });
    return send;
  }

  /** A send that does not wait: it goes to the buffer, or on offer, or has no effect. */
  trySend(): Send {
    const possible = this.canSend();
    const send = this.send({ patient: false });
    if (!this.closed && !this.aborted) {
      expect(send.answers.includes('WOULD_BLOCK')).toBe(!possible);
    }
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

  receive({ patient = true } = {}): Receive {
    const receive: Receive = {
      op: this.#nextOp++,
      patient,
      inbox: [],
      offered: undefined,
      taken: false,
      offeredAt: 0,
      asleep: false,
      got: undefined,
      answer: undefined,
    };
    this.receives.push(receive);
    this.step({ type: 'receive', op: receive.op, patient });
    return receive;
  }

  /** A receive that does not wait: it is made an offer, or has no effect. */
  tryReceive(): Receive {
    const possible = this.unoffered().length > 0;
    const empty = this.closed && this.pending().length === 0;
    const receive = this.receive({ patient: false });
    if (this.aborted) return receive;
    if (possible) expect(receive.offered).toBeDefined();
    else expect(receive.answer).toBe(empty ? 'CHANNEL_CLOSED' : 'WOULD_BLOCK');
    return receive;
  }

  watch(of: 'send' | 'receive'): Watch {
    const watch: Watch = { op: this.#nextOp++, of, answer: undefined };
    this.watches.push(watch);
    this.step({ type: of === 'send' ? 'awaitSend' : 'awaitReceive', op: watch.op });
    return watch;
  }

  cancelWatch(watch: Watch): void {
    const before = watch.answer;
    this.step({ type: 'cancelAwait', op: watch.op });
    expect(watch.answer).toBe(before ?? 'cancelled');
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
    receive.asleep = false;
    receive.taken = receive.inbox.length === 0 && receive.offered !== undefined;
    const first = this.pending()[0];
    const mustReceive = receive.taken && receive.offered === first?.op;
    this.step({ type: 'taken', op: receive.op, offer });
    if (mustReceive) expect(receive.answer).toBe('received');
  }

  tick(us: number): void {
    this.now += us;
    const late = this.waiting().filter(
      ({ offered, taken, offeredAt }) =>
        offered !== undefined && !taken && offeredAt + offerTimeoutUs <= this.now,
    );
    for (const receive of late) receive.asleep = receive.patient;
    this.step({ type: 'tick' }, late);
    for (const { patient, answer } of late) if (!patient) expect(answer).toBe('WOULD_BLOCK');
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
    for (const watch of this.watches) expect(watch.answer).toBeDefined();
  }

  /** Not received and not taken back, in the order sent. */
  pending(): Send[] {
    return this.sends.filter((send) => !send.received && !send.answers.some(isFinal));
  }

  /** Everybody who waits, in the order in which they came. */
  waiting(): Receive[] {
    return this.receives.filter((receive) => receive.answer === undefined);
  }

  /** Pending, and offered to nobody. */
  unoffered(): Send[] {
    const offered = new Set(this.waiting().map((receive) => receive.offered));
    return this.pending().filter(({ op }) => !offered.has(op));
  }

  /** Receivers to which a message could be offered. */
  free(): Receive[] {
    return this.waiting().filter(({ offered, asleep }) => offered === undefined && !asleep);
  }

  /** Whether a send would not wait for its turn. */
  canSend(): boolean {
    const outside = this.pending().some(({ answers }) => answers.length === 0);
    const room = !outside && this.#buffered() < this.#capacity;
    return room || this.free().length > 0;
  }

  /** `late`: those whose offers this step takes back. */
  step(event: ChannelEvent<number>, late: readonly Receive[] = []): void {
    const effects: ChannelEffect<number>[] = [];
    this.channel.step(this.now, event, effects);
    for (const effect of effects) this.#heard(effect);
    for (const receive of late) receive.offered = undefined;
    if (this.aborted) return;
    this.#check();
    this.#checkTries();
    const told = effects.filter(({ type }) => type === 'ready').map(({ op }) => op);
    this.#checkWatches(told);
  }

  #heard(effect: ChannelEffect<number>): void {
    const send = this.sends.find(({ op }) => op === effect.op);
    const receive = this.receives.find(({ op }) => op === effect.op);
    const watch = this.watches.find(({ op }) => op === effect.op);
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
        } else if (watch !== undefined) {
          answerWatch(watch, answer);
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
        answerWatch(watch, 'ready');
        break;
      default:
        effect satisfies never;
    }
  }

  #buffered(): number {
    return this.pending().filter(({ answers }) => answers.includes('sent')).length;
  }

  #check(): void {
    expect(this.#buffered()).toBeLessThanOrEqual(this.#capacity);
    expect(this.channel.state.received).toBe(this.received.length);
    expect(this.channel.deadline()).toBeGreaterThan(this.now);
    expect(this.unoffered().length > 0 && this.free().length > 0).toBe(false);
    const [first] = this.pending();
    const taken = this.waiting().filter((each) => each.taken && each.offered !== undefined);
    expect(taken.some(({ offered }) => offered === first?.op)).toBe(false);
    if (this.closed && this.pending().length === 0) expect(this.waiting()).toEqual([]);
  }

  /** Who does not wait is on offer, or has an offer, or its answer. */
  #checkTries(): void {
    const unoffered = this.unoffered().filter(({ answers }) => answers.length === 0);
    expect(unoffered.every(({ patient }) => patient)).toBe(true);
    expect(this.waiting().every((each) => each.patient || each.offered !== undefined)).toBe(true);
  }

  /** Nobody watches for what is possible, and nobody was told what is not. */
  #checkWatches(told: readonly number[]): void {
    const watching = (of: Watch['of']) =>
      this.watches.filter((each) => each.of === of && each.answer === undefined);
    const drained = this.closed && this.pending().length === 0;
    const canReceive = this.unoffered().length > 0 || drained;
    const canSend = this.closed || this.canSend() || watching('receive').length > 0;
    if (canReceive) expect(watching('receive')).toEqual([]);
    if (canSend) expect(watching('send')).toEqual([]);
    for (const { op, of } of this.watches) {
      if (told.includes(op)) expect(of === 'send' ? canSend : canReceive).toBe(true);
    }
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

function answerWatch(watch: Watch | undefined, answer: string): void {
  if (watch === undefined) throw new Error('an answer to nobody');
  expect(watch.answer).toBeUndefined();
  watch.answer = answer;
}
