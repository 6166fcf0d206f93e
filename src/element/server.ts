/** The server itself, as the element of its own anchor. */

import { CircuitError } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import type { Element } from './element.ts';

export interface ServerFacts {
  readonly url: string;
  /** Wall-clock milliseconds. */
  readonly joined: number;
  /** What peers sent that was dropped: malformed frames and datagrams, strangers turned away. */
  readonly dropped: Readonly<Record<string, number>>;
  /** The name of its circuit, its counters, and what else there is to know: for people. */
  readonly status: object;
}

export class ServerElement implements Element {
  readonly kind = 'server';
  readonly #facts: () => ServerFacts;

  constructor(facts: () => ServerFacts) {
    this.#facts = facts;
  }

  peek(): unknown {
    const { url, joined, dropped, status } = this.#facts();
    return { Addr: url, Joined: isoTime(joined), Dropped: dropped, Status: status };
  }

  scrub(): void {
    throw new CircuitError(
      'NOT_SUPPORTED',
      'the anchor of a server cannot be scrubbed; "circuit leave" ends a server',
    );
  }
}
