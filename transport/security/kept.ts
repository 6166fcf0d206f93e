/** Packets that were sent lately, in case their receiver has not the salt that they are made for. */

import { limits } from '../../src/limits.ts';
import type { Salt } from './seal.ts';

export interface Kept {
  readonly to: string;
  readonly plain: Uint8Array;
  /** For whom it was sealed; undefined: nobody that we knew. */
  readonly receiver: Salt | undefined;
  /** When it was sent, in ms. */
  readonly at: number;
}

export class KeptPackets {
  /** The counter => the packet; the oldest first. */
  readonly #packets = new Map<number, Kept>();
  #bytes = 0;

  get size(): number {
    return this.#packets.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  keep(counter: number, packet: Kept): void {
    this.#packets.set(counter, packet);
    this.#bytes += packet.plain.length;
    for (const [oldest, { at }] of this.#packets) {
      const fits =
        this.#packets.size <= limits.keptDatagramsMax && this.#bytes <= limits.keptDatagramBytesMax;
      if (fits && packet.at - at < limits.keptDatagramMs) break;
      this.#drop(oldest);
    }
  }

  /** Whether the packet of that counter was kept, was sent to that address, and is not too old. */
  has(counter: number, to: string, now: number): boolean {
    const packet = this.#packets.get(counter);
    return packet?.to === to && now - packet.at < limits.keptDatagramMs;
  }

  /**
   * Those for that address that did not arrive, as it answers the one of that counter: they were
   * sealed for nobody, or for somebody else and not before that one. They are kept no more.
   */
  takeFor(to: string, receiver: Salt, answered: number, now: number): readonly Uint8Array[] {
    const taken: Uint8Array[] = [];
    for (const [counter, packet] of this.#packets) {
      if (packet.to !== to || packet.receiver?.text === receiver.text) continue;
      const arrived = packet.receiver !== undefined && counter < answered;
      if (!arrived && now - packet.at < limits.keptDatagramMs) taken.push(packet.plain);
      this.#drop(counter);
    }
    return taken;
  }

  clear(): void {
    this.#packets.clear();
    this.#bytes = 0;
  }

  #drop(counter: number): void {
    this.#bytes -= this.#packets.get(counter)?.plain.length ?? 0;
    this.#packets.delete(counter);
  }
}
