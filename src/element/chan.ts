/** A channel under an anchor: ties the calls that send and receive to the channel machine. */

import { assert } from '../assert.ts';
import { Budget, Share } from '../budget.ts';
import type { Channel } from '../channel/channel.ts';
import { ChurnMap } from '../churn-map.ts';
import { CircuitError, pastLimit } from '../errors.ts';
import type { Clock } from '../host/index.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { ChannelShell, type ElementEffect } from './channel-shell.ts';
import { done, type Element } from './element.ts';
import { Message } from './message.ts';

const empty = new Uint8Array(0);

interface SendOp {
  readonly call: Call;
  readonly message: Message;
  /** The message was buffered or received while its sender still writes it. */
  accepted: boolean;
}

interface ReceiveOp {
  readonly call: Call;
  /** The message last offered was sent whole in the offer. */
  offeredWhole: boolean;
  /** The message that is now handed over as a stream. */
  piped: Message | undefined;
}

export class ChanElement implements Element {
  readonly kind = 'chan';
  readonly #shell: ChannelShell<Message>;
  /** Of messages that nobody has received. */
  readonly #share: Share;
  readonly #sends = new ChurnMap<number, SendOp>();
  readonly #receives = new ChurnMap<number, ReceiveOp>();

  /** `share`: closed by whoever made it, after the element is scrubbed. */
  constructor(clock: Clock, channel: Channel<Message>, share = new Share(unlimited())) {
    this.#share = share;
    this.#shell = new ChannelShell(clock, channel, (effect) => this.#perform(effect));
  }

  /** Calls that wait for their answer. */
  get operations(): number {
    return this.#sends.size + this.#receives.size + this.#shell.watching;
  }

  peek(): unknown {
    const { capacity, closed, aborted, sent, received } = this.#shell.state;
    return { Cap: capacity, Closed: closed, Aborted: aborted, NumSend: sent, NumRecv: received };
  }

  /**
   * Answers a call whose body holds the beginning, or all, of a message; and all of it where the
   * sender is not patient. Throws BAD_ARGUMENT, LIMIT.
   */
  send(call: Call, head: Uint8Array, { patient }: { patient: boolean }): CallEvents {
    if (!patient && !call.complete) {
      throw new CircuitError('BAD_ARGUMENT', 'a message to try is sent whole, with its request');
    }
    const bytes = call.complete ? head.length : limits.messageHeadBytes;
    const cost = bytes + limits.messageOverheadBytes;
    if (!this.#share.take(cost)) throw noRoom(call.held.max);
    const op = this.#shell.newOp();
    const message = new Message(op, call, head);
    message.cost = cost;
    this.#sends.set(op, { call, message, accepted: false });
    this.#shell.step({ type: 'send', op, message, bytes, open: !message.whole, patient });
    return {
      data: (chunk) => message.write(chunk),
      ended: () => {
        message.end();
        if (!message.received) this.#whole(op, message);
      },
      cancelled: () => {
        if (message.received) {
          message.senderLost();
          call.fail(cutShort());
        } else {
          this.#shell.step({ type: 'cancelSend', op });
        }
      },
      failed: () => {
        this.#sends.delete(op);
        if (!message.received) this.#shell.step({ type: 'cancelSend', op });
        else if (!message.whole) message.senderLost();
        this.#settle(message);
      },
    };
  }

  receive(call: Call, { patient }: { patient: boolean }): CallEvents {
    const op = this.#shell.newOp();
    const receive: ReceiveOp = { call, offeredWhole: false, piped: undefined };
    this.#receives.set(op, receive);
    this.#shell.step({ type: 'receive', op, patient });
    return {
      taken: (offer) => this.#shell.step({ type: 'taken', op, offer }),
      room: () => receive.piped?.roomAgain(),
      cancelled: () => {
        if (receive.piped === undefined) {
          this.#shell.step({ type: 'cancelReceive', op });
        } else {
          receive.piped.receiverLost();
          call.fail(cutShort());
        }
      },
      failed: () => {
        this.#receives.delete(op);
        if (receive.piped === undefined) this.#shell.step({ type: 'cancelReceive', op });
        else receive.piped.receiverLost();
      },
    };
  }

  /** Answers once a send would not wait, or fails at once; see channel/watchers.ts. */
  awaitSend(call: Call): CallEvents {
    return this.#shell.await(call, 'awaitSend');
  }

  /** The same for a receive. */
  awaitReceive(call: Call): CallEvents {
    return this.#shell.await(call, 'awaitReceive');
  }

  close(call: Call): void {
    if (this.#shell.state.closed) {
      throw new CircuitError('CHANNEL_CLOSED', 'the channel is closed already');
    }
    this.#shell.step({ type: 'close' });
    done(call);
  }

  scrub(): void {
    this.#shell.abort();
  }

  #perform(effect: ElementEffect<Message>): void {
    const { op } = effect;
    switch (effect.type) {
      case 'sent':
        this.#sent(op);
        break;
      case 'offer':
        this.#offer(op, effect.offer, effect.message);
        break;
      case 'received':
        this.#received(op, effect.message);
        break;
      default:
        this.#fail(op, this.#shell.error(effect));
    }
  }

  /** The sender of a message that waits here has written the last of it. */
  #whole(op: number, message: Message): void {
    this.#settle(message, message.bytes + limits.messageOverheadBytes);
    this.#shell.step({ type: 'whole', op, bytes: message.bytes });
    const send = this.#sends.get(op);
    // In the buffer already, and now all of it: the send is complete.
    if (!send?.accepted) return;
    this.#sends.delete(op);
    send.call.end();
    message.senderDone();
  }

  #sent(op: number): void {
    const send = this.#sends.get(op);
    if (send === undefined) return;
    send.accepted = true;
    const { whole } = send.message;
    send.call.reply(empty, { end: whole });
    if (!whole) return;
    this.#sends.delete(op);
    send.message.senderDone();
  }

  #offer(op: number, offer: number, message: Message): void {
    const receive = this.#receives.get(op);
    if (receive === undefined) return;
    receive.offeredWhole = message.whole;
    receive.call.offer(offer, message.whole, message.whole ? message.content() : empty);
  }

  #received(op: number, message: Message): void {
    const receive = this.#receives.get(op);
    assert(receive !== undefined, 'a receiver that is gone has no offer');
    this.#receives.delete(op);
    this.#sends.delete(message.op);
    this.#settle(message);
    receive.call.reply(empty, { end: receive.offeredWhole });
    if (receive.offeredWhole) return;
    receive.piped = message;
    message.pipe(receive.call);
  }

  #fail(op: number, error: CircuitError): void {
    const send = this.#sends.get(op);
    const call = send?.call ?? this.#receives.get(op)?.call;
    if (send !== undefined) this.#settle(send.message);
    this.#sends.delete(op);
    this.#receives.delete(op);
    call?.fail(error);
  }

  /** From now on the message counts only so much. */
  #settle(message: Message, cost = 0): void {
    if (cost >= message.cost) return;
    this.#share.give(message.cost - cost);
    message.cost = cost;
  }
}

function noRoom(heldBytesMax: number): CircuitError {
  const what = 'the server holds too much that nobody has received';
  return pastLimit(what, 'heldBytesMax', heldBytesMax);
}

function unlimited(): Budget {
  return new Budget(Number.POSITIVE_INFINITY);
}

function cutShort(): CircuitError {
  return new CircuitError('CANCELLED', 'the operation was cancelled in the midst of the message');
}
