/**
 * A DNS server under an anchor: records that are set and unset, and a port at which they are asked
 * for. It is there from when it is made, and gone again when it cannot listen.
 */

import type { Share } from '../budget.ts';
import { respond } from '../dns/respond.ts';
import { Zone } from '../dns/zone.ts';
import { CircuitError } from '../errors.ts';
import type { NameServer, NameServers } from '../host/index.ts';
import type { Address } from '../id.ts';
import type { Limits } from '../limits.ts';
import type { Call } from '../rpc/call.ts';
import { done, type Element } from './element.ts';

export interface DnsOptions {
  readonly limits?: Limits;
  /** Of its records. */
  readonly share?: Share;
  /** It cannot listen, and is of no use. */
  failed(): void;
  /** Something came that is no query. */
  malformed(): void;
}

export class DnsElement implements Element {
  readonly kind = 'dns';
  readonly #zone: Zone;
  readonly #server: NameServer;
  #address: Address;
  /** Asked to know when it listens, or why not. */
  #starter: Call | undefined;

  /** `starter` is answered once it listens. */
  constructor(nameServers: NameServers, address: Address, starter: Call, options: DnsOptions) {
    this.#zone = new Zone(options.limits, options.share);
    this.#address = address;
    this.#starter = starter;
    this.#server = nameServers.listen(address, {
      listening: (bound) => {
        this.#address = bound;
        if (this.#starter !== undefined) done(this.#starter);
        this.#starter = undefined;
      },
      failed: (reason) => {
        this.#starter?.fail(new CircuitError('SPAWN_FAILED', reason));
        this.#starter = undefined;
        options.failed();
      },
      message: (bytes, by) => {
        const { bytes: answer, junk } = respond(this.#zone, bytes, by);
        if (junk) options.malformed();
        return answer;
      },
    });
  }

  peek(): unknown {
    return { Address: this.#address, Records: this.#zone.peek() };
  }

  /** The call that made it no longer waits for it to listen. */
  starterGone(): void {
    this.#starter = undefined;
  }

  /** Adds one record in the syntax of a zone file. Throws BAD_ARGUMENT, LIMIT. */
  set(record: string): void {
    this.#zone.set(record);
  }

  /** Removes all records of a name. Throws BAD_ARGUMENT. */
  unset(name: string): void {
    this.#zone.unset(name);
  }

  scrub(): void {
    this.#starter?.fail(new CircuitError('ABORTED', 'the DNS element was scrubbed'));
    this.#starter = undefined;
    this.#server.close();
  }
}
