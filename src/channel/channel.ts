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
 * Who will not wait has the same two phases, but no place in a queue: a message or receiver that is
 * not matched at once, or whose match falls through, fails with WOULD_BLOCK. Who would rather be
 * told when to try takes part in nothing; see watchers.ts.
 *
 * Sans-IO: `step` takes an event and appends what to do to `out`. Sends and receives are named by
 * numbers chosen by the caller, unique among those that wait here.
 */

import { unreachable } from '../assert.ts';
import { ChurnMap } from '../churn-map.ts';
import type { ErrorCode } from '../errors.ts';
import { type Limits, limits } from '../limits.ts';
import { LinkedQueue } from '../linked-queue.ts';
import { MS, NEVER } from '../time.ts';
import { type Item, MessageBuffer, mayWait } from './buffer.ts';
import type { ChannelEffect, ChannelEvent } from './event.ts';
import { Watchers } from './watchers.ts';

interface Receiver {
  readonly receiver: number;
  readonly patient: boolean;
}

interface Offer<M> extends Receiver {
  readonly number: number;
  readonly item: Item<M>;
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
  readonly limits: Limits;
  readonly #buffer: MessageBuffer<M>;
  #closed = false;
  #aborted = false;
  #sent = 0;
  #received = 0;
  /** Messages not on offer, in order. */
  readonly #waiting = new LinkedQueue<Item<M>>();
  /** Not received yet, and not buffered or still open: op => message. */
  readonly #sends = new ChurnMap<number, Item<M>>();
  /** Messages on offer, in order; all of them before all of `#waiting`. */
  #offers: Offer<M>[] = [];
  /** Receivers without an offer, in order. When there are any, `#waiting` is empty. */
  readonly #receivers = new LinkedQueue<number>();
  /** Receivers whose offer went to another because they did not answer. */
  readonly #sleepers = new Set<number>();
  readonly #watchers = new Watchers();
  #nextOffer = 1;

  /** Throws BAD_ARGUMENT for a capacity that is no integer from 0 to the limit. */
  constructor(capacity: number, bounds: Limits = limits) {
    this.limits = bounds;
    this.#buffer = new MessageBuffer(capacity, bounds);
  }

  get state(): ChannelState {
    return {
      capacity: this.#buffer.capacity,
      closed: this.#closed,
      aborted: this.#aborted,
      sent: this.#sent,
      received: this.#received,
    };
  }

  /** Everybody who waits here. */
  get waiters(): number {
    return this.#waitersTo('send') + this.#waitersTo('receive');
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
        this.#receive(now, event, out);
        break;
      case 'awaitSend':
      case 'awaitReceive':
        this.#watch(event.op, event.type === 'awaitSend' ? 'send' : 'receive', out);
        break;
      case 'whole':
        this.#whole(event.op, event.bytes);
        break;
      case 'cancelSend':
        this.#cancelSend(now, event.op, out);
        break;
      case 'cancelReceive':
        this.#cancelReceive(now, event.op, out);
        break;
      case 'cancelAwait':
        if (this.#watchers.remove(event.op)) out.push({ type: 'cancelled', op: event.op });
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
    this.#wake(out);
  }

  #send(event: ChannelEvent<M> & { type: 'send' }, out: ChannelEffect<M>[]): void {
    const { op, message, bytes, open, patient } = event;
    const code = this.#sendRefusal(bytes, patient);
    if (code !== undefined) {
      out.push({ type: 'failed', op, code });
      return;
    }
    const item: Item<M> = { op, message, patient, bytes, open, accepted: false };
    this.#waiting.pushBack(item);
    this.#buffer.add(item);
    this.#sends.set(op, item);
  }

  #receive(
    now: number,
    event: ChannelEvent<M> & { type: 'receive' },
    out: ChannelEffect<M>[],
  ): void {
    const { op, patient } = event;
    const refusal = this.#refusal('receive');
    if (refusal !== undefined) out.push({ type: 'failed', op, code: refusal });
    else if (patient) this.#receivers.pushBack(op);
    else this.#offerNext(now, op, out);
  }

  #watch(op: number, of: 'send' | 'receive', out: ChannelEffect<M>[]): void {
    const refusal = this.#refusal(of);
    if (refusal === undefined) this.#watchers.add(op, of);
    else out.push({ type: 'failed', op, code: refusal });
  }

  #sendRefusal(bytes: number, patient: boolean): ErrorCode | undefined {
    if (this.#aborted) return 'ABORTED';
    if (this.#closed) return 'CHANNEL_CLOSED';
    if (patient) return this.#refusal('send');
    // Of those that do not wait there are no more than receivers, which are counted.
    return this.#takes(bytes) ? undefined : 'WOULD_BLOCK';
  }

  #refusal(to: 'send' | 'receive'): ErrorCode | undefined {
    if (this.#aborted) return 'ABORTED';
    return this.#waitersTo(to) >= this.limits.channelWaitersMax ? 'LIMIT' : undefined;
  }

  /** However many wait to send, a receiver is let in: it is what they wait for. And so conversely. */
  #waitersTo(what: 'send' | 'receive'): number {
    const watching = this.#watchers.of(what);
    if (what === 'send') return this.#sends.size + watching;
    return this.#receivers.size + this.#offers.length + this.#sleepers.size + watching;
  }

  /** Whether a message would be taken or offered at once. */
  #takes(bytes: number): boolean {
    return this.#receivers.size > 0 || this.#buffer.takes(bytes);
  }

  /** Closed, and nothing is left to receive. */
  get #drained(): boolean {
    return this.#closed && this.#waiting.size === 0 && this.#offers.length === 0;
  }

  /** Offers the next message to a receiver that does not wait for one. */
  #offerNext(now: number, receiver: number, out: ChannelEffect<M>[]): void {
    const item = this.#waiting.shift();
    if (item !== undefined) {
      this.#offers.push(this.#offer(now, item, { receiver, patient: false }, out));
      return;
    }
    const code = this.#drained ? 'CHANNEL_CLOSED' : 'WOULD_BLOCK';
    out.push({ type: 'failed', op: receiver, code });
  }

  #cancelSend(now: number, op: number, out: ChannelEffect<M>[]): void {
    const item = this.#sends.get(op);
    if (item === undefined) return;
    const offer = this.#waiting.remove(item) ? undefined : this.#withdraw(item);
    this.#drop(item, out);
    this.#confirm(out);
    if (offer?.patient === true) this.#receivers.pushFront(offer.receiver);
    else if (offer !== undefined) this.#offerNext(now, offer.receiver, out);
  }

  #withdraw(item: Item<M>): Offer<M> {
    const at = this.#offers.findIndex((offer) => offer.item === item);
    return this.#offers.splice(at, 1)[0] as Offer<M>;
  }

  #drop(item: Item<M>, out: ChannelEffect<M>[]): void {
    this.#buffer.remove(item);
    if (item.accepted) this.#sent--;
    this.#sends.delete(item.op);
    out.push({ type: 'cancelled', op: item.op });
  }

  #whole(op: number, bytes: number): void {
    const item = this.#sends.get(op);
    if (item === undefined) return;
    item.open = false;
    this.#buffer.resize(item, bytes);
    if (item.accepted) this.#sends.delete(op);
  }

  #cancelReceive(now: number, op: number, out: ChannelEffect<M>[]): void {
    const at = this.#offers.findIndex((offer) => offer.receiver === op);
    if (at >= 0) this.#vacate(now, at, out);
    else if (!this.#receivers.remove(op) && !this.#sleepers.delete(op)) return;
    this.#confirm(out);
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
    this.#buffer.remove(item);
    if (!item.accepted) {
      this.#sent++;
      out.push({ type: 'sent', op: item.op });
    }
    this.#received++;
    out.push({ type: 'received', op: offer.receiver, message: item.message });
  }

  /** Takes messages into the buffer while it has room. */
  #accept(out: ChannelEffect<M>[]): void {
    for (let item = this.#buffer.accept(); item !== undefined; item = this.#buffer.accept()) {
      this.#sent++;
      if (!item.open) this.#sends.delete(item.op);
      out.push({ type: 'sent', op: item.op });
    }
  }

  #match(now: number, out: ChannelEffect<M>[]): void {
    while (this.#receivers.size > 0) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      const receiver = this.#receivers.shift() as number;
      this.#offers.push(this.#offer(now, item, { receiver, patient: true }, out));
    }
  }

  #offer(now: number, item: Item<M>, to: Receiver, out: ChannelEffect<M>[]): Offer<M> {
    const { receiver, patient } = to;
    const number = this.#nextOffer++;
    out.push({ type: 'offer', op: receiver, offer: number, message: item.message });
    const until = now + limits.offerTimeoutMs * MS;
    return { number, item, receiver, patient, until, taken: false };
  }

  /** Takes the receiver off the offer at `at`, and finds another for its message, or drops it. */
  #vacate(now: number, at: number, out: ChannelEffect<M>[]): void {
    const { item } = this.#offers[at] as Offer<M>;
    const free = this.#receivers.shift();
    if (free !== undefined) {
      this.#offers[at] = this.#offer(now, item, { receiver: free, patient: true }, out);
      return;
    }
    const [last] = this.#offers.splice(mayWait(item) ? -1 : at, 1) as [Offer<M>];
    this.#putBack(last.item, out);
    if (last.item !== item) this.#offers[at] = this.#offer(now, item, last, out);
  }

  /** A message is on offer no more, and there is nobody to offer it to. */
  #putBack(item: Item<M>, out: ChannelEffect<M>[]): void {
    if (mayWait(item)) {
      this.#waiting.pushFront(item);
      return;
    }
    this.#buffer.remove(item);
    this.#sends.delete(item.op);
    out.push({ type: 'failed', op: item.op, code: 'WOULD_BLOCK' });
  }

  #expire(now: number, out: ChannelEffect<M>[]): void {
    const late = (offer: Offer<M>) => !offer.taken && offer.until <= now;
    for (let at = 0; ; ) {
      // First those at the end, so that no message goes from one sleeper to another.
      for (let last = this.#offers.at(-1); last && late(last); last = this.#offers.at(-1)) {
        this.#offers.pop();
        this.#asleep(last, out);
        this.#putBack(last.item, out);
      }
      const offer = this.#offers[at];
      if (offer === undefined) break;
      if (late(offer)) {
        this.#asleep(offer, out);
        this.#vacate(now, at, out);
      } else {
        at++;
      }
    }
    this.#confirm(out);
  }

  #asleep({ receiver, patient }: Receiver, out: ChannelEffect<M>[]): void {
    if (patient) this.#sleepers.add(receiver);
    else out.push({ type: 'failed', op: receiver, code: 'WOULD_BLOCK' });
  }

  #failDrained(out: ChannelEffect<M>[]): void {
    if (!this.#drained) return;
    for (const op of [...this.#receivers, ...this.#sleepers]) {
      out.push({ type: 'failed', op, code: 'CHANNEL_CLOSED' });
    }
    this.#receivers.clear();
    this.#sleepers.clear();
  }

  #wake(out: ChannelEffect<M>[]): void {
    if (this.#watchers.size === 0) return;
    const receive = this.#waiting.size > 0 || this.#drained;
    // Then any message that is tried finds room, or is refused.
    const send = this.#closed || this.#takes(limits.messageHeadBytes);
    this.#watchers.wake({ send, receive }, out);
  }

  #abort(out: ChannelEffect<M>[]): void {
    this.#aborted = true;
    const ops = [
      ...this.#sends.keys(),
      ...this.#offers.map((offer) => offer.receiver),
      ...this.#receivers,
      ...this.#sleepers,
      ...this.#watchers.clear(),
    ];
    for (const op of ops) out.push({ type: 'failed', op, code: 'ABORTED' });
    this.#waiting.clear();
    this.#buffer.clear();
    this.#receivers.clear();
    this.#sends.clear();
    this.#sleepers.clear();
    this.#offers = [];
  }
}
