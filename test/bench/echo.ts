/** A client of programs/echo.ts, as simple as can be: one write and one promise for each. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { startChild } from './children.ts';

/** About what a peek sends. */
const bytesEach = 48;

export class Echo {
  readonly pid: number;
  readonly #socket: Socket;
  readonly #waiting: (() => void)[] = [];
  readonly #message = Buffer.alloc(bytesEach, 7);
  #got = 0;
  #first = 0;

  static async start(): Promise<Echo> {
    const { child, line } = await startChild([join(import.meta.dirname, 'programs/echo.ts')]);
    const socket = connect({ port: Number(line), host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Echo(child.pid as number, socket);
  }

  private constructor(pid: number, socket: Socket) {
    this.pid = pid;
    this.#socket = socket;
    socket.on('data', (bytes) => this.#received(bytes.length));
  }

  /** One round trip. */
  call(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(this.#message);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #received(bytes: number): void {
    this.#got += bytes;
    for (; this.#got >= bytesEach; this.#got -= bytesEach) {
      this.#waiting[this.#first++]?.();
      if (this.#first === this.#waiting.length) {
        this.#waiting.length = 0;
        this.#first = 0;
      }
    }
  }
}
