/**
 * A message on its way through a channel: a byte stream from one sender to one receiver. Its head,
 * up to limits.messageHeadBytes, is taken from the sender at once; the rest moves only when a
 * receiver is there, at the receiver's pace.
 */

import { Share } from '../budget.ts';
import { ByteQueue } from '../byte-queue.ts';
import { CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Call } from '../rpc/call.ts';

export class Message {
  /** Under which the channel knows its sending. */
  readonly op: number;
  /** What its channel counts for it. */
  cost = 0;
  /** What was taken from the sender and not yet handed on. */
  readonly #pending = new ByteQueue();
  /** Until it has nothing more to say and knows its answer: a buffered message outlives it. */
  #sender: Call | undefined;
  #receiver: Call | undefined;
  #whole: boolean;
  /** Taken for what may be under way from the sender to the receiver. */
  #ahead: Share | undefined;

  constructor(op: number, sender: Call, head: Uint8Array) {
    this.op = op;
    this.#sender = sender;
    // A copy: a view of a few bytes would keep the whole block they arrived in.
    this.#pending.keep(head.slice());
    this.#whole = sender.complete;
    if (!this.#whole) sender.grant(limits.messageHeadBytes - head.length);
  }

  /** The sender has written all of it. */
  get whole(): boolean {
    return this.#whole;
  }

  get bytes(): number {
    return this.#pending.length;
  }

  /** A receiver has it: from here on, sender and receiver talk to each other. */
  get received(): boolean {
    return this.#receiver !== undefined;
  }

  /** All of a whole message that was not received yet. */
  content(): Uint8Array {
    const content = this.#pending.take(this.#pending.length);
    this.#pending.keep(content);
    return content;
  }

  /** The sender wrote more. */
  write(bytes: Uint8Array): void {
    if (this.received) this.#pending.push(bytes);
    else this.#pending.push(bytes.slice());
    this.#pump();
  }

  /** The sender wrote the last. */
  end(): void {
    this.#whole = true;
    this.#pump();
  }

  /** The sender has its answer to a message that is whole. */
  senderDone(): void {
    this.#sender = undefined;
  }

  /** Hands the message to its receiver. */
  pipe(receiver: Call): void {
    this.#receiver = receiver;
    if (!this.#whole) this.#widen(receiver);
    this.#pump();
  }

  /** The receiver takes more. */
  roomAgain(): void {
    this.#pump();
  }

  /** The sender is gone, or gave up, while the message is received. */
  senderLost(): void {
    this.#receiver?.fail(
      new CircuitError('PEER_GONE', 'the sender went away before the message was complete'),
    );
    this.#over();
  }

  /** The receiver is gone, or gave up, while the message is received. */
  receiverLost(): void {
    this.#sender?.fail(
      new CircuitError('PEER_GONE', 'the receiver went away before the message was complete'),
    );
    this.#over();
  }

  /** The sender may be a window ahead; where there is no room for one, it stays as it is. */
  #widen(receiver: Call): void {
    const bytes = limits.streamWindowBytes - limits.messageHeadBytes;
    this.#ahead = new Share(receiver.held);
    if (this.#ahead.take(bytes)) this.#sender?.grant(bytes);
  }

  #over(): void {
    this.#pending.clear();
    this.#ahead?.close();
  }

  #pump(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || receiver.over) return;
    let moved = 0;
    while (this.#pending.length > 0) {
      const room = Math.min(receiver.room(), limits.dataBytesMax);
      if (room === 0) break;
      const chunk = this.#pending.shift(room);
      moved += chunk.length;
      receiver.data(chunk);
    }
    if (!this.#whole) {
      this.#sender?.grant(moved);
    } else if (this.#pending.length === 0) {
      receiver.end();
      this.#sender?.end();
      this.#sender = undefined;
      this.#ahead?.close();
    }
  }
}
