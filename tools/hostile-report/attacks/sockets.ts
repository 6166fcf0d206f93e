/** Connections that an attacker holds: as many as it wants, opened again when they are cut. */

import { connect, type Socket } from 'node:net';
import { cut, Pace, someLoopback, type Target } from './attack.ts';

/** So many a second are opened, or opened again. */
const openPerSecond = 1_000;

export class Crowd {
  readonly counts = { opened: 0, stood: 0, cut: 0 };
  readonly #target: Target;
  readonly #begin: (socket: Socket) => void;
  readonly #options: { readonly paused: boolean };
  readonly #all = new Set<Socket>();
  readonly #standing = new Set<Socket>();
  readonly #opening: Pace;

  /** `begin` says the first words on each connection; `paused`: it never reads. */
  constructor(
    target: Target,
    begin: (socket: Socket) => void,
    options: { readonly paused: boolean } = { paused: false },
  ) {
    this.#target = target;
    this.#begin = begin;
    this.#options = options;
    this.#opening = new Pace(openPerSecond, () => {
      if (this.#all.size < target.count) this.#open();
    });
  }

  /** Those that stand. */
  get sockets(): readonly Socket[] {
    return [...this.#standing];
  }

  on(): void {
    this.#opening.on();
  }

  async off(): Promise<void> {
    await this.#opening.off();
    for (const socket of this.#all) cut(socket);
  }

  #open(): void {
    const { host, port, random } = this.#target;
    this.counts.opened++;
    const local = host.startsWith('127.') ? { localAddress: someLoopback(random) } : {};
    const socket = connect({ host, port, ...local, noDelay: true });
    this.#all.add(socket);
    socket.on('error', () => {});
    socket.on('connect', () => {
      this.counts.stood++;
      this.#standing.add(socket);
      if (!this.#options.paused) socket.resume();
      this.#begin(socket);
    });
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.counts.cut++;
      this.#all.delete(socket);
      this.#standing.delete(socket);
    });
  }
}
