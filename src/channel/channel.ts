/**
 * A Go channel over a network in which either party may die at any moment.
 *
 * A message is first offered to a receiver, who takes it; only then is it received, in the order
 * sent. An offer that is not taken, because the receiver went away, cancelled or sleeps, is
 * withdrawn and the message goes to another receiver: none is lost with a receiver, and none is
 * received twice. Receives are confirmed strictly in the order of the messages, so that whatever
 * happens to receivers the channel is first-in-first-out as a whole (G8; linearizable as a queue,
 * Herlihy & Wing 1990).
 *
 * When there is no free receiver for a message whose offer was withdrawn, it goes to the receiver of
 * the last message on offer, which then waits: so whatever many receivers do at once, each of them
 * costs one new offer, and the order stands.
 *
 * A send is complete when its message is in the buffer or received, whichever is first.
 *
 * Sans-IO: `step` takes an event and appends what to do to `out`. Sends and receives are named by
 * numbers chosen by the caller, unique among those that wait here.
 */

import { unreachable } from '../assert.ts';
import { ChurnMap } from '../churn-map.ts';
import { CircuitError, type ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { LinkedQueue } from '../linked-queue.ts';
import { MS, NEVER } from '../time.ts';

export type ChannelEvent<M> =
  /**
   * `open`: its sender still writes it, and may yet take it back; `whole` follows. `bytes` is what
   * it takes up in the buffer, or may come to.
   */
  | {
      readonly type: 'send';
      readonly op: number;
      readonly message: M;
      readonly bytes: number;
      readonly open: boolean;
    }
  | { readonly type: 'whole'; readonly op: number; readonly bytes: number }
  | { readonly type: 'receive'; readonly op: number }
  /**
   * The sender or receiver gave up, or is gone. If the message was not received yet, a `cancelled`
   * effect follows and there is no more of the operation; else its result stands.
   */
  | { readonly type: 'cancelSend'; readonly op: number }
  | { readonly type: 'cancelReceive'; readonly op: number }
  /** The receiver takes that offer. */
  | { readonly type: 'taken'; readonly op: number; readonly offer: number }
  | { readonly type: 'close' }
  | { readonly type: 'abort' }
  | { readonly type: 'tick' };

export type ChannelEffect<M> =
  /** The message is buffered or received: unless it is open, the send is complete. */
  | { readonly type: 'sent'; readonly op: number }
  | { readonly type: 'offer'; readonly op: number; readonly offer: number; readonly message: M }
  /** The receive is complete with the message last offered to it. */
  | { readonly type: 'received'; readonly op: number; readonly message: M }
  | { readonly type: 'cancelled'; readonly op: number }
  | { readonly type: 'failed'; readonly op: number; readonly code: ErrorCode };

interface Item<M> {
  readonly op: number;
  readonly message: M;
  bytes: number;
  open: boolean;
  /** In the buffer. */
  accepted: boolean;
}

interface Offer<M> {
  readonly number: number;
  readonly item: Item<M>;
  readonly receiver: number;
  readonly until: number;
  taken: boolean;
}

export interface ChannelState {
  readonly capacity: number;
  readonly closed: boolean;
  readonly aborted: boolean;
  /** Messages whose send is complete, and messages received. */
  readonly sent: number;
  readonly received: number;
}

export class Channel<M> {
  readonly #capacity: number;
  #closed = false;
  #aborted = false;
  #sent = 0;
  #received = 0;
  /** Messages not on offer, in order. */
  readonly #waiting = new LinkedQueue<Item<M>>();
  /** Messages not accepted yet, in order; on offer or not. */
  readonly #unaccepted = new LinkedQueue<Item<M>>();
  /** Not received yet, and not buffered or still open: op => message. */
  readonly #sends = new ChurnMap<number, Item<M>>();
  /** Messages on offer, in order; all of them before all of `#waiting`. */
  #offers: Offer<M>[] = [];
  /** Receivers without an offer, in order. */
  readonly #receivers = new LinkedQueue<number>();
  /** Receivers whose offer went to another because they did not answer. */
  readonly #sleepers = new Set<number>();
  #buffered = 0;
  #bufferedBytes = 0;
  #nextOffer = 1;

  /** Throws BAD_ARGUMENT for a capacity that is no integer from 0 to the limit. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 0 || capacity > limits.channelCapacityMax) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `the capacity of a channel is a whole number from 0 to ${limits.channelCapacityMax}`,
      );
    }
    this.#capacity = capacity;
  }

  get state(): ChannelState {
    return {
      capacity: this.#capacity,
      closed: this.#closed,
      aborted: this.#aborted,
      sent: this.#sent,
      received: this.#received,
    };
  }

  /** Sends and receives that wait here. */
  get waiters(): number {
    return this.#sends.size + this.#receivers.size + this.#offers.length + this.#sleepers.size;
  }

  /** When a `tick` is due: an offer is then taken back. */
  deadline(): number {
    let deadline = NEVER;
    for (const { taken, until } of this.#offers) if (!taken && until < deadline) deadline = until;
    return deadline;
  }

  step(now: number, event: ChannelEvent<M>, out: ChannelEffect<M>[]): void {
    switch (event.type) {
      case 'send':
        this.#send(event, out);
        break;
      case 'receive':
        this.#receive(event.op, out);
        break;
      case 'whole':
        this.#whole(event.op, event.bytes);
        break;
      case 'cancelSend':
        this.#cancelSend(event.op, out);
        break;
      case 'cancelReceive':
        this.#cancelReceive(now, event.op, out);
        break;
      case 'taken':
        this.#taken(event.op, event.offer, out);
        break;
      case 'close':
        this.#closed = true;
        break;
      case 'abort':
        this.#abort(out);
        return;
      case 'tick':
        this.#expire(now, out);
        break;
      default:
        unreachable(event);
    }
    this.#accept(out);
    this.#match(now, out);
    this.#failDrained(out);
  }

  #send(event: ChannelEvent<M> & { type: 'send' }, out: ChannelEffect<M>[]): void {
    const refusal = this.#refusal();
    if (refusal !== undefined || this.#closed) {
      out.push({ type: 'failed', op: event.op, code: refusal ?? 'CHANNEL_CLOSED' });
      return;
    }
    const item: Item<M> = {
      op: event.op,
      message: event.message,
      bytes: event.bytes,
      open: event.open,
      accepted: false,
    };
    this.#waiting.pushBack(item);
    this.#unaccepted.pushBack(item);
    this.#sends.set(event.op, item);
  }

  #receive(op: number, out: ChannelEffect<M>[]): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) out.push({ type: 'failed', op, code: refusal });
    else this.#receivers.pushBack(op);
  }

  #refusal(): ErrorCode | undefined {
    if (this.#aborted) return 'ABORTED';
    return this.waiters >= limits.channelWaitersMax ? 'LIMIT' : undefined;
  }

  #cancelSend(op: number, out: ChannelEffect<M>[]): void {
    const item = this.#sends.get(op);
    if (item === undefined) return;
    if (!this.#waiting.remove(item)) {
      const at = this.#offers.findIndex((offer) => offer.item === item);
      const [offer] = this.#offers.splice(at, 1) as [Offer<M>];
      this.#receivers.pushFront(offer.receiver);
    }
    this.#drop(item, out);
    this.#confirm(out);
  }

  #drop(item: Item<M>, out: ChannelEffect<M>[]): void {
    if (item.accepted) {
      this.#leaveBuffer(item);
      this.#sent--;
    } else {
      this.#unaccepted.remove(item);
    }
    this.#sends.delete(item.op);
    out.push({ type: 'cancelled', op: item.op });
  }

  #whole(op: number, bytes: number): void {
    const item = this.#sends.get(op);
    if (item === undefined) return;
    item.open = false;
    if (item.accepted) {
      this.#bufferedBytes += bytes - item.bytes;
      this.#sends.delete(op);
    }
    item.bytes = bytes;
  }

  #cancelReceive(now: number, op: number, out: ChannelEffect<M>[]): void {
    const at = this.#offers.findIndex((offer) => offer.receiver === op);
    if (at >= 0) this.#vacate(now, at, out);
    else if (!this.#receivers.remove(op) && !this.#sleepers.delete(op)) return;
    out.push({ type: 'cancelled', op });
  }

  #taken(op: number, number: number, out: ChannelEffect<M>[]): void {
    if (this.#sleepers.delete(op)) {
      // It is awake again, but its offer went to another: it waits for the next message.
      this.#receivers.pushBack(op);
      return;
    }
    const offer = this.#offers.find((each) => each.receiver === op);
    if (offer === undefined || offer.number !== number) return;
    offer.taken = true;
    this.#confirm(out);
  }

  /** Confirms what was taken, up to the first message that was not. */
  #confirm(out: ChannelEffect<M>[]): void {
    let done = 0;
    for (; this.#offers[done]?.taken; done++) this.#commit(this.#offers[done] as Offer<M>, out);
    if (done > 0) this.#offers.splice(0, done);
  }

  #commit(offer: Offer<M>, out: ChannelEffect<M>[]): void {
    const { item } = offer;
    this.#sends.delete(item.op);
    if (item.accepted) {
      this.#leaveBuffer(item);
    } else {
      this.#unaccepted.remove(item);
      this.#sent++;
      out.push({ type: 'sent', op: item.op });
    }
    this.#received++;
    out.push({ type: 'received', op: offer.receiver, message: item.message });
  }

  #leaveBuffer(item: Item<M>): void {
    this.#buffered--;
    this.#bufferedBytes -= item.bytes;
  }

  /** Takes messages into the buffer while it has room. */
  #accept(out: ChannelEffect<M>[]): void {
    for (;;) {
      if (this.#buffered >= this.#capacity) return;
      const item = this.#unaccepted.first();
      if (item === undefined) return;
      const full = this.#bufferedBytes + item.bytes > limits.channelBytesMax;
      if (full && this.#buffered > 0) return;
      this.#unaccepted.remove(item);
      this.#buffered++;
      this.#bufferedBytes += item.bytes;
      item.accepted = true;
      this.#sent++;
      if (!item.open) this.#sends.delete(item.op);
      out.push({ type: 'sent', op: item.op });
    }
  }

  #match(now: number, out: ChannelEffect<M>[]): void {
    while (this.#receivers.size > 0) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      this.#offers.push(this.#offer(now, item, this.#receivers.shift() as number, out));
    }
  }

  #offer(now: number, item: Item<M>, receiver: number, out: ChannelEffect<M>[]): Offer<M> {
    const number = this.#nextOffer++;
    out.push({ type: 'offer', op: receiver, offer: number, message: item.message });
    return { number, item, receiver, until: now + limits.offerTimeoutMs * MS, taken: false };
  }

  /** Takes the receiver off the offer at `at`, and finds another for its message. */
  #vacate(now: number, at: number, out: ChannelEffect<M>[]): void {
    const { item } = this.#offers[at] as Offer<M>;
    let receiver = this.#receivers.shift();
    if (receiver === undefined) {
      const last = this.#offers.pop() as Offer<M>;
      this.#waiting.pushFront(last.item);
      if (last.item === item) return;
      receiver = last.receiver;
    }
    this.#offers[at] = this.#offer(now, item, receiver, out);
  }

  #expire(now: number, out: ChannelEffect<M>[]): void {
    const late = (offer: Offer<M>) => !offer.taken && offer.until <= now;
    for (let at = 0; ; at++) {
      // First those at the end, so that no message goes from one sleeper to another.
      for (let last = this.#offers.at(-1); last && late(last); last = this.#offers.at(-1)) {
        this.#offers.pop();
        this.#sleepers.add(last.receiver);
        this.#waiting.pushFront(last.item);
      }
      const offer = this.#offers[at];
      if (offer === undefined) return;
      if (!late(offer)) continue;
      this.#sleepers.add(offer.receiver);
      this.#vacate(now, at, out);
    }
  }

  #failDrained(out: ChannelEffect<M>[]): void {
    if (!this.#closed || this.#waiting.size > 0 || this.#offers.length > 0) return;
    for (const op of [...this.#receivers, ...this.#sleepers]) {
      out.push({ type: 'failed', op, code: 'CHANNEL_CLOSED' });
    }
    this.#receivers.clear();
    this.#sleepers.clear();
  }

  #abort(out: ChannelEffect<M>[]): void {
    this.#aborted = true;
    const ops = [
      ...this.#sends.keys(),
      ...this.#offers.map((offer) => offer.receiver),
      ...this.#receivers,
      ...this.#sleepers,
    ];
    for (const op of ops) out.push({ type: 'failed', op, code: 'ABORTED' });
    this.#waiting.clear();
    this.#unaccepted.clear();
    this.#receivers.clear();
    this.#sends.clear();
    this.#sleepers.clear();
    this.#offers = [];
    this.#buffered = 0;
    this.#bufferedBytes = 0;
  }
}
