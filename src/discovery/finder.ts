/**
 * How a client finds a server: it asks by multicast until one answers that it can dial, or the time
 * is over. Of those that answer it dials the first that has failed least.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import { type Address, type CircuitName, isLoopback, parseCircuitUrl } from '../id.ts';
import { limits } from '../limits.ts';
import { MS, NEVER } from '../time.ts';
import { decodePacket, encodePacket } from './packet.ts';

export type FinderEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'packet'; readonly from: Address; readonly bytes: Uint8Array }
  /** The server of the `dial` under way cannot be dialled. */
  | { readonly type: 'dialFailed' };

export type FinderEffect =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** One at a time. */
  | { readonly type: 'dial'; readonly url: string }
  /** The time is over; `foreign`: servers were heard, all of another version. Nothing follows. */
  | { readonly type: 'gaveUp'; readonly foreign: boolean };

/** The first pause between two questions, doubled with each. Shorter: more packets where none is. */
const PAUSE_MS = 100;

type Out = Effects<FinderEffect>;

export class Finder {
  readonly #query: Uint8Array;
  readonly #circuit: CircuitName | undefined;
  readonly #endAt: number;
  #askAt: number;
  #pauseMs = PAUSE_MS;
  /** URLs that were heard since they were dialled last; the earliest first. */
  readonly #waiting = new Set<string>();
  /** URL => how often it could not be dialled. */
  readonly #failures = new Map<string, number>();
  #dialling: string | undefined;
  #foreign = false;
  #over = false;

  /** `circuit`: the name of the one that is looked for; undefined: any. */
  constructor(now: number, withinMs: number, circuit: CircuitName | undefined) {
    this.#query = encodePacket({ type: 'look', circuit });
    this.#circuit = circuit;
    this.#askAt = now;
    this.#endAt = now + Math.ceil(withinMs * MS);
  }

  step(now: number, event: FinderEvent, out: Out): void {
    if (this.#over) return;
    switch (event.type) {
      case 'tick':
        break;
      case 'packet':
        this.#heard(event.from, event.bytes);
        break;
      case 'dialFailed':
        this.#failed();
        break;
      default:
        unreachable(event);
    }
    this.#goOn(now, out);
  }

  deadline(): number {
    if (this.#over || this.#dialling !== undefined) return NEVER;
    return Math.min(this.#askAt, this.#endAt);
  }

  #goOn(now: number, out: Out): void {
    if (this.#dialling !== undefined) return;
    if (this.#endAt <= now) {
      this.#over = true;
      out.push({ type: 'gaveUp', foreign: this.#foreign });
      return;
    }
    const url = this.#best();
    if (url !== undefined) {
      this.#dialling = url;
      out.push({ type: 'dial', url });
    } else if (this.#askAt <= now) {
      this.#askAt = now + this.#pauseMs * MS;
      this.#pauseMs *= 2;
      out.push({ type: 'send', bytes: this.#query });
    }
  }

  #heard(from: Address, bytes: Uint8Array): void {
    const packet = decodePacket(bytes);
    if (packet === undefined || packet.type === 'look') return;
    if (packet.type === 'foreign') {
      this.#foreign = true;
      return;
    }
    if (this.#circuit !== undefined && packet.circuit !== this.#circuit) return;
    const { url } = packet.server;
    // That of another machine would lead us to our own.
    if (isLoopback(parseCircuitUrl(url).address) && !isLoopback(from)) return;
    if (url === this.#dialling || this.#waiting.size >= limits.candidatesMax) return;
    this.#waiting.add(url);
  }

  #failed(): void {
    const url = this.#dialling;
    this.#dialling = undefined;
    if (url === undefined || this.#failures.size >= limits.candidatesMax) return;
    this.#failures.set(url, (this.#failures.get(url) ?? 0) + 1);
  }

  #best(): string | undefined {
    let best: string | undefined;
    let least = NEVER;
    for (const url of this.#waiting) {
      const failures = this.#failures.get(url) ?? 0;
      if (failures >= least) continue;
      best = url;
      least = failures;
    }
    if (best !== undefined) this.#waiting.delete(best);
    return best;
  }
}
