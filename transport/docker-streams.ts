/**
 * One output of a container, on a connection of its own, read on demand.
 *
 * The engine sends frames: eight bytes, of which the last four say how long the frame is, and so many
 * bytes of output. They are taken apart as they are asked for: what is not read stays in the
 * connection, which holds up the engine, which holds up the container. The `readable` listener keeps
 * the stream from flowing: Node then reads ahead 64 KiB and no more.
 */

import type { Socket } from 'node:net';
import { ByteQueue } from '../src/byte-queue.ts';
import { limits } from '../src/limits.ts';

const headerBytes = 8;
const pieceBytesMax = 64 * 1024;
/** More than the engine, its pipes and those of the container hold together, which is 1.5 MiB. */
const engineBytesMax = 2 * 1024 * 1024;

export interface DockerOutputEvents {
  readable(): void;
  /** Everything was read, and no more follows. */
  ended(): void;
}

export class DockerOutput {
  readonly #stream: Socket;
  #events: DockerOutputEvents | undefined;
  /** Bytes of the present frame that are still to come. */
  #frameLeft = 0;
  /** What was read ahead of whoever reads. */
  readonly #ahead = new ByteQueue();
  #aheadBytesMax = 0;
  #over = false;

  constructor(stream: Socket, events: DockerOutputEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on('error', () => {});
    stream.on('readable', () => this.#readable());
    stream.once('end', () => this.#finish());
    stream.once('close', () => this.#finish());
  }

  /** Whether something waits in the connection. */
  get unread(): boolean {
    return this.#stream.readableLength > 0;
  }

  /** Whether everything was read, and no more follows. */
  get ended(): boolean {
    return this.#over && this.#ahead.length === 0;
  }

  read(bytesMax: number): Uint8Array | undefined {
    if (bytesMax < 1) return undefined;
    if (this.#ahead.length === 0) return this.#take(bytesMax);
    const bytes = this.#ahead.shift(bytesMax);
    if (this.#ahead.length === 0) this.#aheadBytesMax = 0;
    if (this.ended) setImmediate(() => this.#events?.ended());
    return bytes;
  }

  /** Takes what the engine holds, up to a bound, so that it is held up no longer. */
  readAhead(): void {
    this.#aheadBytesMax = Math.min(
      this.#ahead.length + engineBytesMax,
      limits.containerAheadBytesMax,
    );
    this.#fill();
    if (this.#ahead.length > 0) this.#events?.readable();
  }

  /** Nothing more is heard of it, and the engine throws away what comes. */
  destroy(): void {
    this.#events = undefined;
    this.#stream.destroy();
  }

  #readable(): void {
    this.#fill();
    if (this.#ahead.length > 0 || this.#frameIsHere()) this.#events?.readable();
  }

  #fill(): void {
    while (this.#ahead.length < this.#aheadBytesMax) {
      const bytes = this.#take(pieceBytesMax);
      if (bytes === undefined) break;
      this.#ahead.push(bytes);
    }
  }

  #take(bytesMax: number): Uint8Array | undefined {
    if (!this.#frameIsHere()) return undefined;
    const count = Math.min(bytesMax, this.#frameLeft, this.#stream.readableLength);
    const bytes = this.#stream.read(count) as Uint8Array;
    this.#frameLeft -= count;
    if (this.#stream.readableLength === 0) this.#askForMore();
    // Not a Buffer: its `slice` shares memory where that of a Uint8Array copies.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether there is output to take; otherwise `readable` will tell. */
  #frameIsHere(): boolean {
    while (this.#frameLeft === 0 && this.#stream.readableLength > 0) {
      const header = this.#stream.read(headerBytes) as Buffer | null;
      // A shorter one comes only of a stream that was cut off: taken, so that its end is told.
      if (header === null || header.length < headerBytes) break;
      this.#frameLeft = header.readUInt32BE(4);
    }
    if (this.#frameLeft > 0 && this.#stream.readableLength > 0) return true;
    this.#askForMore();
    return false;
  }

  /** Reads nothing, but makes the stream notice that it has too little, and so fetch more or end. */
  #askForMore(): void {
    this.#stream.read(0);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.ended) this.#events?.ended();
  }
}
