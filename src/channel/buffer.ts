/**
 * The buffer of a channel: which messages are in it, and which wait for room, both in the order
 * sent. A message that is on offer keeps its place here until it is received.
 */

import { CircuitError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { LinkedQueue } from '../linked-queue.ts';

/** A message that was not received yet. */
export interface Item<M> {
  /** Of its send. */
  readonly op: number;
  readonly message: M;
  readonly patient: boolean;
  bytes: number;
  open: boolean;
  /** In the buffer. */
  accepted: boolean;
}

export class MessageBuffer<M> {
  readonly capacity: number;
  readonly #bytesMax: number;
  readonly #outside = new LinkedQueue<Item<M>>();
  #size = 0;
  #bytes = 0;

  /** Throws BAD_ARGUMENT for a capacity that is no integer from 0 to the limit. */
  constructor(capacity: number, limits: Limits) {
    this.#bytesMax = limits.channelBytesMax;
    if (!Number.isInteger(capacity) || capacity < 0 || capacity > limits.channelCapacityMax) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `the capacity of a channel is a whole number from 0 to ${limits.channelCapacityMax}`,
      );
    }
    this.capacity = capacity;
  }

  /** Whether a message that comes now would be taken in at once. */
  takes(bytes: number): boolean {
    return this.#outside.size === 0 && this.#hasRoom(bytes);
  }

  /** The message waits for room. */
  add(item: Item<M>): void {
    this.#outside.pushBack(item);
  }

  /** Takes in the first that waits, if there is room for it. */
  accept(): Item<M> | undefined {
    const item = this.#outside.first();
    if (item === undefined || !this.#hasRoom(item.bytes)) return undefined;
    this.#outside.remove(item);
    this.#size++;
    this.#bytes += item.bytes;
    item.accepted = true;
    return item;
  }

  /** The message has become whole, and is so long. */
  resize(item: Item<M>, bytes: number): void {
    if (item.accepted) this.#bytes += bytes - item.bytes;
    item.bytes = bytes;
  }

  /** The message is received, or will never be. */
  remove(item: Item<M>): void {
    if (item.accepted) {
      this.#size--;
      this.#bytes -= item.bytes;
    } else {
      this.#outside.remove(item);
    }
  }

  clear(): void {
    this.#outside.clear();
    this.#size = 0;
    this.#bytes = 0;
  }

  /** A single message may be as large as it likes. */
  #hasRoom(bytes: number): boolean {
    if (this.#size >= this.capacity) return false;
    return this.#size === 0 || this.#bytes + bytes <= this.#bytesMax;
  }
}

/** Whether a message may be without a receiver: an impatient one only in the buffer. */
export function mayWait({ patient, accepted }: Item<unknown>): boolean {
  return patient || accepted;
}
