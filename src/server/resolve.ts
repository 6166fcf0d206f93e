/**
 * Known first: what a server asks is done only once observers were told that it is here, and a call
 * for a server that we do not know waits while we look for it.
 *
 * News takes its time, so one server may learn of another by a call, before the news of it arrives.
 * Then the call waits, for a second at most: the caller introduces itself on the session of its
 * call, and of the server that a call is for, the neighbours are asked, at 0, 100, 300 and 700 ms,
 * since the news may be about to reach them. Calls go on in the order in which they came, and after
 * the observers were told.
 */

import { CircuitError, pastLimit } from '../errors.ts';
import type { Clock, Timer } from '../host/index.ts';
import type { ServerId } from '../id.ts';
import { type Limits, limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { MS, NEVER } from '../time.ts';

/** How long a call waits. Longer: a wrong id is found out later. Shorter: news may come too late. */
const PATIENCE_US = 1_000 * MS;
/** After the first question; it doubles from there. */
const FIRST_PAUSE_US = 100 * MS;
const LAST_PAUSE_US = 400 * MS;

/** What is known of the servers. */
export interface Acquaintances {
  /** `departed` for as long as its departure is remembered. */
  lookup(id: ServerId): object | 'departed' | undefined;
  /** Asks around whether anybody knows that server. */
  find(id: ServerId): void;
}

/** A call that has to wait. */
export interface Held {
  /** Who must be known first. */
  readonly subject: ServerId;
  /** The call is for the subject, which is looked for; else it comes from the subject. */
  readonly seek: boolean;
  readonly call: Call;
  /** Of the request: kept until then. */
  readonly bytes: number;
  /** Acts on the call. */
  go(): CallEvents;
  /** What to fail it with when nobody knows the subject in time. */
  unknown(): CircuitError;
}

interface Waiter extends Held {
  readonly until: number;
}

interface Search {
  /** The earliest first. */
  readonly waiters: Set<Waiter>;
  /** When the neighbours are asked next; NEVER while no call is for the subject. */
  findAt: number;
  pause: number;
  timer: Timer | undefined;
}

export class Resolver {
  readonly #clock: Clock;
  readonly #known: Acquaintances;
  readonly #limits: Limits;
  /** Who is not known yet => who waits for that. */
  readonly #searches = new Map<ServerId, Search>();
  /** Of those, who has been announced. */
  readonly #announced = new Set<ServerId>();
  #waiting = 0;
  #bytes = 0;

  constructor(clock: Clock, known: Acquaintances, bounds: Limits = limits) {
    this.#limits = bounds;
    this.#clock = clock;
    this.#known = known;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Holds the call until its subject is known, or a second has passed. Fails it beyond bounds. */
  hold(held: Held): CallEvents {
    const { subject, call, bytes } = held;
    const { waitingCallsMax, waitingBytesMax } = this.#limits;
    const what = 'too many calls wait for servers that are not known yet';
    if (this.#waiting >= waitingCallsMax) {
      call.fail(pastLimit(what, 'waitingCallsMax', waitingCallsMax));
      return {};
    }
    if (this.#bytes + bytes > waitingBytesMax) {
      call.fail(pastLimit(what, 'waitingBytesMax', waitingBytesMax));
      return {};
    }
    const now = this.#clock.now();
    const waiter: Waiter = { ...held, until: now + PATIENCE_US };
    const search = this.#searches.get(subject) ?? this.#begin(subject);
    search.waiters.add(waiter);
    this.#waiting++;
    this.#bytes += bytes;
    if (held.seek && search.findAt === NEVER) search.findAt = now;
    this.#arm(subject, search);
    return {
      cancelled: () => {
        this.#remove(waiter);
        call.fail(new CircuitError('CANCELLED', 'the operation was cancelled'));
      },
      failed: () => this.#remove(waiter),
    };
  }

  /** Observers are being told that this server is here. `settle` follows. */
  announced(id: ServerId): void {
    if (this.#searches.has(id)) this.#announced.add(id);
  }

  /** Observers were told everything: calls that waited for that go on. */
  settle(): void {
    if (this.#announced.size === 0) return;
    for (const id of this.#announced) {
      this.#announced.delete(id);
      if (typeof this.#known.lookup(id) !== 'object') continue;
      for (const waiter of this.#searches.get(id)?.waiters ?? []) {
        this.#remove(waiter);
        waiter.call.events = waiter.go();
      }
    }
  }

  #begin(subject: ServerId): Search {
    const search: Search = {
      waiters: new Set(),
      findAt: NEVER,
      pause: FIRST_PAUSE_US,
      timer: undefined,
    };
    this.#searches.set(subject, search);
    return search;
  }

  #fail(waiter: Waiter, error: CircuitError): void {
    this.#remove(waiter);
    waiter.call.fail(error);
  }

  #remove(waiter: Waiter): void {
    const search = this.#searches.get(waiter.subject);
    if (search?.waiters.delete(waiter) !== true) return;
    this.#waiting--;
    this.#bytes -= waiter.bytes;
    if (search.waiters.size > 0) return;
    search.timer?.cancel();
    this.#searches.delete(waiter.subject);
  }

  #arm(subject: ServerId, search: Search): void {
    const [first] = search.waiters as Iterable<Waiter>;
    search.timer?.cancel();
    if (first === undefined) return;
    search.timer = this.#clock.schedule(Math.min(first.until, search.findAt), () => {
      this.#look(subject, search);
    });
  }

  #look(subject: ServerId, search: Search): void {
    const now = this.#clock.now();
    const isGone = this.#known.lookup(subject) === 'departed';
    for (const waiter of search.waiters) {
      if (isGone && waiter.seek) this.#fail(waiter, serverGone(subject));
      else if (waiter.until <= now) this.#fail(waiter, waiter.unknown());
      else if (!isGone) break;
    }
    if (search.waiters.size === 0) return;
    if (search.findAt <= now) {
      search.findAt = now + search.pause;
      search.pause = Math.min(2 * search.pause, LAST_PAUSE_US);
      this.#known.find(subject);
    }
    this.#arm(subject, search);
  }
}

export function serverGone(id: ServerId): CircuitError {
  return new CircuitError('SERVER_GONE', `the server ${id} is gone`);
}
