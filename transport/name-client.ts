/**
 * A client of a name server that is connected to it.
 *
 * Messages have their length in front, and clients may send many before they read an answer. One
 * message is answered after the other; while a client does not read, nothing is read from it
 * either, so that it costs a message and a full pipe. One that asks nothing for a while is asked to
 * go, and then made to.
 */

import { ByteQueue } from '../src/byte-queue.ts';
import type { Connection, ConnectionEvents } from '../src/host/network.ts';
import { limits } from '../src/limits.ts';

/** In front of a message. */
const LENGTH_BYTES = 2;

/** What is said to a message, if anything. */
type Answer = (message: Uint8Array) => Uint8Array | undefined;

export class NameClient implements ConnectionEvents {
  readonly #connection: Connection;
  readonly #answer: Answer;
  readonly #onClose: () => void;
  readonly #received = new ByteQueue();
  #idle: NodeJS.Timeout;
  /** Of the message that comes next, where that is known. */
  #length: number | undefined;
  /** Whether it does not read our answers. */
  #full = false;
  #ending = false;

  constructor(connection: Connection, answer: Answer, onClose: () => void) {
    this.#connection = connection;
    this.#answer = answer;
    this.#onClose = onClose;
    this.#idle = this.#idleTimer();
  }

  received(bytes: Uint8Array): void {
    this.#received.push(bytes);
    this.#work();
  }

  drained(): void {
    this.#full = false;
    this.#connection.resume();
    this.#work();
  }

  closed(): void {
    clearTimeout(this.#idle);
    this.#received.clear();
    this.#onClose();
  }

  drop(): void {
    this.#onClose();
    this.#connection.reset();
  }

  #work(): void {
    while (!this.#full) {
      const message = this.#next();
      if (message === undefined) return;
      clearTimeout(this.#idle);
      this.#idle = this.#idleTimer();
      const answer = this.#answer(message);
      if (answer === undefined) continue;
      const framed = new Uint8Array(LENGTH_BYTES + answer.length);
      framed.set([answer.length >>> 8, answer.length & 255]);
      framed.set(answer, LENGTH_BYTES);
      this.#full = !this.#connection.write(framed);
    }
    this.#connection.pause();
  }

  /** The next message, once all of it is here. */
  #next(): Uint8Array | undefined {
    if (this.#length === undefined) {
      if (this.#received.length < LENGTH_BYTES) return undefined;
      const [high = 0, low = 0] = this.#received.take(LENGTH_BYTES);
      this.#length = high * 256 + low;
    }
    if (this.#received.length < this.#length) return undefined;
    const message = this.#received.take(this.#length);
    this.#length = undefined;
    return message;
  }

  /** Who does not go when asked to, perhaps because it reads nothing, is left behind. */
  #idleTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.#ending || this.#full) {
        this.drop();
        return;
      }
      this.#ending = true;
      this.#connection.end();
      this.#idle = this.#idleTimer();
    }, limits.dnsIdleMs).unref();
  }
}
