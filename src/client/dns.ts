/** A handle to a DNS server. */

import { CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Waiting } from './options.ts';
import type { Place } from './place.ts';

/** The state of a DNS server, as peek gives it. */
export interface DnsState {
  /** Where it answers, by UDP and TCP. */
  readonly Address: string;
  /** Name => its records, as a zone file has them, with tabs between their parts. */
  readonly Records: Readonly<Record<string, readonly string[]>>;
}

const utf8 = new TextEncoder();

/** A name server on the host of some server: it answers for the records that were set. */
export class Dns {
  readonly #place: Place;

  /** @internal */
  constructor(place: Place) {
    this.#place = place;
  }

  /** The full path of its anchor. */
  get path(): string {
    return this.#place.text;
  }

  /**
   * Adds one record, such as `miek.nl. 3600 IN MX 10 mx.miek.nl.`; TTL (else 3600) and class may be
   * left out. All records of one name and type get the TTL of this one; a CNAME and an SOA replace
   * the one that is there. Throws BAD_ARGUMENT and what is wrong with it, LIMIT.
   */
  async set(record: string, waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('setRecord', this.#place.to({ record: short(record) }).request, waiting);
  }

  /** Removes all records of a name; nothing happens where there are none. Throws BAD_ARGUMENT. */
  async unset(name: string, waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('unsetRecords', this.#place.to({ name: short(name) }).request, waiting);
  }

  /** Where it answers, and its records. Throws the usual. */
  async peek(waiting: Waiting = {}): Promise<DnsState> {
    return (await this.#place.askJson('peek', this.#place.to({}).request, waiting)) as DnsState;
  }

  /** Removes the element; its port is free at once. */
  async scrub(waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('scrub', this.#place.to({ kill: false }).request, waiting);
  }
}

function short(text: string): string {
  if (utf8.encode(text).length <= limits.recordBytesMax) return text;
  throw new CircuitError('LIMIT', `a record has ${limits.recordBytesMax} bytes at most`);
}
