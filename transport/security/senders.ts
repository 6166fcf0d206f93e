/** The senders whose packets we opened, each with the packets that were taken. */

import type { KeyObject } from 'node:crypto';
import { ReplayWindow } from './replay-window.ts';
import { type Context, type Header, keyOfSalt, open, type PacketKey } from './seal.ts';

/** One of them, under one key. */
export interface Sender {
  readonly key: KeyObject;
  readonly window: ReplayWindow;
}

/** A packet that somebody with one of our keys made. */
export interface Opened {
  readonly plain: Uint8Array;
  readonly sender: Sender;
  /** Under which the table has it, or may have it. */
  readonly name: string;
}

export class Senders {
  /** Id of the key and salt of the sender => the sender. Those heard last are last. */
  readonly #known = new Map<string, Sender>();

  get size(): number {
    return this.#known.size;
  }

  /**
   * Opens a packet that was not taken yet, by one of the keys. Nothing is kept, whoever made it:
   * `take` does that.
   */
  open(
    keys: readonly PacketKey[],
    header: Header,
    context: Context,
    packet: Uint8Array,
  ): Opened | 'forged' | 'replayed' {
    for (const key of keys) {
      if (key.hint !== header.keyHint) continue;
      const name = key.id + header.salt.text;
      const known = this.#known.get(name);
      if (known?.window.isNew(header.counter) === false) return 'replayed';
      const keyOfSender = known?.key ?? keyOfSalt(key, header.salt);
      const plain = open(keyOfSender, header, context, packet);
      if (plain === undefined) continue;
      const sender = known ?? { key: keyOfSender, window: new ReplayWindow() };
      return { plain, sender, name };
    }
    return 'forged';
  }

  /** Takes the packet: from now on it is a repeated one, and its sender is known. The caller bounds. */
  take({ name, sender }: Opened, counter: number): void {
    sender.window.take(counter);
    this.#known.delete(name);
    this.#known.set(name, sender);
  }

  /** Forgets who was silent longest. */
  forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  clear(): void {
    this.#known.clear();
  }
}
