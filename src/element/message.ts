/**
 * A message on its way through a channel: a byte stream from one sender to one receiver. Its head,
 * up to limits.messageHeadBytes, is taken from the sender at once; the rest moves only when a
 * receiver is there, at the receiver's pace.
 */

import { CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Call } from '../rpc/call.ts';

const empty = new Uint8Array(0);

export class Message {
  /** What was taken from the sender and not yet handed on. */
  #pending: Uint8Array[];
  #pendingBytes: number;
  readonly #sender: Call;
  #receiver: Call | undefined;
  #whole: boolean;
  /** The sender went away before the message was whole. */
  #broken = false;

  constructor(sender: Call, head: Uint8Array) {
    this.#sender = sender;
    // A copy: a view of a few bytes would keep the whole block they arrived in.
    this.#pending = head.length === 0 ? [] : [head.slice()];
    this.#pendingBytes = head.length;
    this.#whole = sender.complete;
    if (!this.#whole) sender.grant(limits.messageHeadBytes - head.length);
  }

  /** The sender has written all of it. */
  get whole(): boolean {
    return this.#whole;
  }

  get bytes(): number {
    return this.#pendingBytes;
  }

  /** A receiver has it: from here on, sender and receiver talk to each other. */
  get received(): boolean {
    return this.#receiver !== undefined;
  }

  /** All of a whole message that was not received yet. */
  content(): Uint8Array {
    if (this.#pending.length > 1) this.#pending = [this.#take(this.#pendingBytes)];
    return this.#pending[0] ?? empty;
  }

  /** The sender wrote more. */
  write(bytes: Uint8Array): void {
    this.#pending.push(this.received ? bytes : bytes.slice());
    this.#pendingBytes += bytes.length;
    this.#pump();
  }

  /** The sender wrote the last. */
  end(): void {
    this.#whole = true;
    this.#pump();
  }

  /** Hands the message to its receiver. */
  pipe(receiver: Call): void {
    this.#receiver = receiver;
    if (this.#broken) {
      receiver.fail(senderGone());
      return;
    }
    if (!this.#whole) this.#sender.grant(limits.streamWindowBytes - limits.messageHeadBytes);
    this.#pump();
  }

  /** The receiver takes more. */
  roomAgain(): void {
    this.#pump();
  }

  /** The sender is gone, or gave up, before the end. */
  senderLost(): void {
    this.#broken = true;
    this.#receiver?.fail(senderGone());
  }

  /** The receiver is gone, or gave up, before the end. */
  receiverLost(): void {
    this.#sender.fail(
      new CircuitError('PEER_GONE', 'the receiver went away before the message was complete'),
    );
  }

  #pump(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || receiver.over) return;
    let moved = 0;
    while (this.#pendingBytes > 0) {
      const room = receiver.room();
      if (room === 0) break;
      const chunk = this.#take(Math.min(room, this.#pendingBytes, limits.dataBytesMax));
      this.#pendingBytes -= chunk.length;
      moved += chunk.length;
      receiver.data(chunk);
    }
    if (this.#pendingBytes === 0 && this.#whole) {
      receiver.end();
      this.#sender.end();
    } else if (!this.#whole) {
      this.#sender.grant(moved);
    }
  }

  /** Removes the first `count` bytes of what is pending. */
  #take(count: number): Uint8Array {
    const first = this.#pending[0] as Uint8Array;
    if (first.length === count) return this.#pending.shift() as Uint8Array;
    if (first.length > count) {
      this.#pending[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    const taken = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      const chunk = this.#pending[0] as Uint8Array;
      const part = chunk.subarray(0, count - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.#pending.shift();
      else this.#pending[0] = chunk.subarray(part.length);
    }
    return taken;
  }
}

function senderGone(): CircuitError {
  return new CircuitError('PEER_GONE', 'the sender went away before the message was complete');
}
