/** What every attack has in common: whom it is on, how it is switched, and how fast it goes. */

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimRandom } from '../../../sim/random.ts';
import type { KeyRing } from '../../../transport/index.ts';

/** A server, by what it prints when it starts. */
export interface Named {
  readonly url: string;
  readonly id: string;
}

/** What is told of a key in plain text. */
export interface SeenKey {
  readonly id: string;
  /** Six bits of its id, as in packets that it sealed. */
  readonly hint: number;
}

/** Whom an attack is on, and how hard it is. */
export interface Target extends Named {
  readonly host: string;
  readonly port: number;
  /** The other servers of its circuit. */
  readonly peers: readonly Named[];
  /** So many a second, of whatever the attack does. */
  readonly rate: number;
  /** So many at a time. */
  readonly count: number;
  readonly random: SimRandom;
  /** Of a circuit with keys: what anybody sees of the first. */
  readonly key: SeenKey | undefined;
  /** Those of the circuit, for attacks by one who has them. */
  readonly keys: KeyRing | undefined;
}

/** An attack that can be switched on and off, again and again. */
export interface Attack {
  on(): void | Promise<void>;
  /** Resolves once nothing of it is open any more. */
  off(): void | Promise<void>;
  /** What it did so far. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Prepares an attack; it is off. */
export type Make = (target: Target) => Attack | Promise<Attack>;

/** Does something at a rate, while it is on. */
export class Pace {
  readonly #rate: number;
  readonly #act: () => void;
  #on = false;
  #running: Promise<void> = Promise.resolve();

  /** `act` is called `rate` times a second. */
  constructor(rate: number, act: () => void) {
    this.#rate = rate;
    this.#act = act;
  }

  on(): void {
    if (this.#on) return;
    this.#on = true;
    this.#running = this.#run();
  }

  async off(): Promise<void> {
    this.#on = false;
    await this.#running;
  }

  /** What was missed because this process stood still is made up for, but not all at once. */
  async #run(): Promise<void> {
    let last = performance.now();
    let due = 0;
    while (this.#on) {
      await sleep(5);
      const now = performance.now();
      due = Math.min(due + ((now - last) / 1_000) * this.#rate, this.#rate / 20);
      last = now;
      for (; due >= 1 && this.#on; due--) this.#act();
    }
  }
}

/** Breaks it without leaving its port in TIME_WAIT, so that ports do not run out. */
export function cut(socket: Socket): void {
  // One that is being opened would first wait until it stands.
  if (socket.connecting) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}

/** One that is in use at most once at a time on each loopback address: 28,000 ports are few. */
export function someLoopback(random: SimRandom): string {
  return `127.0.${random.below(4)}.${2 + random.below(200)}`;
}

/** Makes so many of something beforehand, and hands them out in turn: to make them costs more. */
export function pool(make: () => Uint8Array, size = 4_096): () => Uint8Array {
  const made = Array.from({ length: size }, make);
  let next = 0;
  return () => made[next++ % size] as Uint8Array;
}
