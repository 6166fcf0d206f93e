/**
 * The selects of a server. They call on elements anywhere as a client of this server does, over a
 * connection to itself, so that what is elsewhere is relayed to as for any client. There is one
 * connection for all of them, as long as one is under way.
 */

import { SelectElement } from '../element/select.ts';
import { CircuitError } from '../errors.ts';
import type { Host, Random } from '../host/index.ts';
import { parseCircuitUrl } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import { limits } from '../limits.ts';
import { Link } from '../rpc/link.ts';
import type { Session } from '../rpc/session.ts';
import type { Clause } from '../select/clause.ts';
import { Selecting } from '../select/selecting.ts';

export class Selects {
  readonly #host: Host;
  readonly #url: string;
  readonly #stamps: Stamps;
  readonly #random: Random;
  #link: Link | undefined;
  /** Selects under way, and their clauses. */
  #underWay = 0;
  #clauses = 0;

  constructor(around: { readonly host: Host; readonly url: string; readonly stamps: Stamps }) {
    this.#host = around.host;
    this.#url = around.url;
    this.#stamps = around.stamps;
    this.#random = around.host.random.fork('selects');
  }

  /** A select that is not started yet. Throws LIMIT. */
  make(clauses: readonly Clause[]): SelectElement {
    if (this.#clauses + clauses.length > limits.selectClausesWaitingMax) {
      throw new CircuitError(
        'LIMIT',
        `at most ${limits.selectClausesWaitingMax} clauses wait at a server: scrub a select, or ` +
          'make this one at another server',
      );
    }
    this.#underWay++;
    this.#clauses += clauses.length;
    const session = this.#session();
    return new SelectElement(clauses, (ended) => {
      const { clock } = this.#host;
      const bytesMax = limits.selectMessageBytesMax;
      const options = { session, clock, random: this.#random, clauses, wait: true, bytesMax };
      return new Selecting(options, (result) => {
        this.#over(clauses.length);
        ended(result);
      });
    });
  }

  #session(): Session {
    if (this.#link === undefined || this.#link.session.over) {
      const on = { greeted: () => {}, finished: () => {} };
      this.#link = new Link(this.#host, parseCircuitUrl(this.#url), on, this.#stamps);
    }
    return this.#link.session;
  }

  #over(clauses: number): void {
    this.#underWay--;
    this.#clauses -= clauses;
    if (this.#underWay > 0) return;
    const link = this.#link;
    this.#link = undefined;
    // Not from within an event of the session: what is said last goes out first.
    this.#host.clock.schedule(this.#host.clock.now(), () => link?.close(() => {}));
  }
}
