/** Somebody between two hosts: passes on what is said one way, and cuts, changes and repeats it. */

import type { Socket } from 'node:net';
import { record } from './tls-records.ts';

type Way = 'toServer' | 'toClient';

/** What is done at some place of what is said one way. */
export interface Tampering {
  readonly way: Way;
  readonly at: number;
  readonly what: number;
  readonly by: number;
}

/** Of the steps of a script, four bytes each. */
export function* tamperings(script: Uint8Array): Generator<Tampering> {
  for (let at = 0; at + 4 <= script.length; at += 4) {
    const [what = 0, high = 0, low = 0, by = 0] = script.subarray(at, at + 4);
    yield {
      way: (what & 8) === 0 ? 'toServer' : 'toClient',
      at: ((high & 7) << 8) | low,
      what,
      by,
    };
  }
}

/** Passes on one way of a connection, and does there what the script says. */
export class Passage {
  events = 0;
  /** It was cut, reset or changed. */
  touched = false;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #planned: Tampering[];
  readonly #last: number[] = [];
  #at = 0;

  constructor(from: Socket, to: Socket, planned: readonly Tampering[]) {
    this.#from = from;
    this.#to = to;
    this.#planned = planned.toSorted((a, b) => a.at - b.at);
    from.on('error', () => to.destroy());
    from.on('data', (bytes) => this.#pass(bytes));
    from.on('end', () => {
      this.events++;
      to.end();
    });
  }

  #pass(bytes: Uint8Array): void {
    this.events++;
    let rest = bytes;
    for (let next = this.#planned[0]; next !== undefined; next = this.#planned[0]) {
      const count = next.at - this.#at;
      if (count >= rest.length) break;
      this.#planned.shift();
      this.#say(rest.subarray(0, Math.max(0, count)));
      rest = this.#tamper(next, rest.subarray(Math.max(0, count)));
    }
    this.#say(rest);
  }

  #say(bytes: Uint8Array): void {
    this.#at += bytes.length;
    this.#last.push(...bytes);
    this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    if (bytes.length > 0 && this.#to.writable) this.#to.write(bytes);
  }

  /** What is left to be said. */
  #tamper({ what, by }: Tampering, rest: Uint8Array): Uint8Array {
    const kind = what & 7;
    this.touched ||= kind !== 0;
    switch (kind) {
      case 0: // What follows comes by itself.
        return rest;
      case 1: {
        const changed = rest.slice();
        changed[0] = (changed[0] ?? 0) ^ (by | 1);
        return changed;
      }
      case 2:
        this.#send(Uint8Array.of(by));
        return rest;
      case 3:
        this.#at += Math.min(by + 1, rest.length);
        return rest.subarray(by + 1);
      case 4:
        this.#to.end();
        return new Uint8Array(0);
      case 5:
        this.#to.resetAndDestroy();
        this.#from.resetAndDestroy();
        return new Uint8Array(0);
      case 6:
        this.#send(Uint8Array.from(this.#last.slice(-1 - by)));
        return rest;
      default:
        this.#send(record(20 + (by % 6), Uint8Array.of(by & 3, by)));
        return rest;
    }
  }
}
