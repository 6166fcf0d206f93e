/**
 * The selects of a server. They call on elements anywhere as a client of this server does, over a
 * connection to itself, so that what is elsewhere is relayed to as for any client. There is one
 * connection for all of them, as long as one is under way.
 */

import { type Budget, Share } from '../budget.ts';
import { SelectElement } from '../element/select.ts';
import { pastLimit } from '../errors.ts';
import type { Host, Random } from '../host/index.ts';
import { parseCircuitUrl } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import type { Limits } from '../limits.ts';
import { Link } from '../rpc/link.ts';
import type { Session } from '../rpc/session.ts';
import type { Clause } from '../select/clause.ts';
import { Selecting } from '../select/selecting.ts';

export class Selects {
  readonly #host: Host;
  readonly #url: string;
  readonly #stamps: Stamps;
  readonly #random: Random;
  readonly #limits: Limits;
  readonly #held: Budget;
  #link: Link | undefined;
  /** Selects under way, and their clauses. */
  #underWay = 0;
  #clauses = 0;

  constructor(around: {
    readonly host: Host;
    readonly url: string;
    readonly stamps: Stamps;
    readonly limits: Limits;
    readonly held: Budget;
  }) {
    this.#limits = around.limits;
    this.#held = around.held;
    this.#host = around.host;
    this.#url = around.url;
    this.#stamps = around.stamps;
    this.#random = around.host.random.fork('selects');
  }

  /**
   * A select that is not started yet, and its share, for as long as it is there: of its clauses,
   * which take so many bytes, and of what it receives. Throws LIMIT.
   */
  make(clauses: readonly Clause[], bytes: number): { element: SelectElement; share: Share } {
    const { selectClausesWaitingMax: waitingMax, selectMessageBytesMax: bytesMax } = this.#limits;
    if (this.#clauses + clauses.length > waitingMax) {
      const what =
        'too many clauses wait at this server: scrub a select, or make this one elsewhere';
      throw pastLimit(what, 'selectClausesWaitingMax', waitingMax);
    }
    const share = new Share(this.#held);
    if (!share.take(bytes)) {
      const what = 'the server has no room for these clauses: scrub what is done with';
      throw pastLimit(what, 'heldBytesMax', this.#held.max);
    }
    this.#underWay++;
    this.#clauses += clauses.length;
    const session = this.#session();
    const element = new SelectElement(clauses, (ended) => {
      const { clock } = this.#host;
      const how = { wait: true, bytesMax, share };
      const options = { session, clock, random: this.#random, clauses, ...how };
      return new Selecting(options, (result) => {
        this.#over(clauses.length);
        ended(result);
      });
    });
    return { element, share };
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
