/**
 * The standard output or error of a process, read on demand.
 *
 * The `readable` listener keeps the stream from flowing: Node then reads ahead 64 KiB and no more,
 * and does not throw away at the exit of the process what nobody has read yet.
 */

import type { Socket } from 'node:net';

export interface ChildOutputEvents {
  readable(): void;
  ended(): void;
}

export class ChildOutput {
  readonly #stream: Socket;
  #events: ChildOutputEvents | undefined;

  constructor(stream: Socket, events: ChildOutputEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on('error', () => {});
    stream.on('readable', () => this.#readable());
    stream.once('end', () => this.#ended());
    stream.once('close', () => this.#ended()); // Without an end, if the pipe broke.
  }

  read(bytesMax: number): Uint8Array | undefined {
    const count = Math.min(bytesMax, this.#stream.readableLength);
    if (count <= 0) return undefined;
    const bytes = this.#stream.read(count) as Uint8Array;
    if (this.#stream.readableLength === 0) this.#askForMore();
    // Not a Buffer: its `slice` shares memory where that of a Uint8Array copies.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** From now on throws away what comes, and does not keep the server alive for it. */
  discard(): void {
    this.#events = undefined;
    this.#stream.removeAllListeners('readable');
    this.#stream.resume();
    this.#stream.unref();
  }

  #readable(): void {
    if (this.#stream.readableLength > 0) this.#events?.readable();
    else this.#askForMore();
  }

  /** Reads nothing, but makes the stream notice that it is empty, and so fetch more or end. */
  #askForMore(): void {
    this.#stream.read(0);
  }

  #ended(): void {
    this.#events?.ended();
    this.#events = undefined;
  }
}
