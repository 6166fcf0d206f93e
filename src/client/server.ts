/** A handle to a server itself. */

import type { ServerStats } from '../element/stats.ts';
import { CircuitError } from '../errors.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { type JournalEntry, type JournalOptions, journalOf } from './journal.ts';
import type { Waiting } from './options.ts';
import type { Place } from './place.ts';

/** The state of a server, as peek gives it. */
export interface ServerState {
  /** Its URL. */
  readonly Addr: string;
  /** When it started, in UTC. */
  readonly Joined: string;
  /** What others sent that it dropped, by kind. */
  readonly Dropped: Readonly<Record<string, number>>;
  /** How it is doing, for people: counters, which may change from version to version. */
  readonly Status: object;
}

const decoder = new TextDecoder();

/** A server itself, as one of the circuit: what it does, what it takes, and its end. */
export class ServerHandle {
  readonly #place: Place;

  /**
   * Throws BAD_ARGUMENT where it is not the anchor of a server.
   *
   * @internal
   */
  constructor(place: Place) {
    if (place.path.server === undefined || place.path.names.length > 0) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `"${place.text}" is not the anchor of a server: give one as "circuit ls /" lists it`,
      );
    }
    this.#place = place;
  }

  /** `/Xid`. */
  get path(): string {
    return this.#place.text;
  }

  /** Its state. */
  async peek(waiting: Waiting = {}): Promise<ServerState> {
    return (await this.#place.askJson('peek', this.#place.to({}).request, waiting)) as ServerState;
  }

  /**
   * It joins the circuit of that URL: two circuits become one. Throws BAD_ARGUMENT, DIAL_FAILED,
   * WRONG_CIRCUIT.
   */
  async join(url: string, waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('join', { url }, waiting);
  }

  /** It tells the others that it leaves, and ends, with its processes and containers. */
  async leave(waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('leave', {}, waiting);
  }

  /** It ends at once, as if it were killed, with its processes: the others find out. */
  async suicide(waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('suicide', {}, waiting);
  }

  /** What it is doing, as text for people: what waits, for whom, and what it computes. */
  async stacks(waiting: Waiting = {}): Promise<string> {
    return decoder.decode(await this.#place.ask('stacks', {}, waiting));
  }

  /**
   * What it did, in execution order; as long as it remembers, which is its last 65,536 entries.
   * Reading too slowly loses entries, and an entry tells how many. Throws SERVER_GONE,
   * NO_SUCH_SERVER.
   */
  journal(options: JournalOptions = {}): AsyncIterableIterator<JournalEntry> {
    const { target, path } = this.#place;
    return journalOf(target, path.server as ServerId, options);
  }

  /** What it takes and does, in numbers. */
  async stats(waiting: Waiting = {}): Promise<ServerStats> {
    return (await this.#place.askJson('stats', {}, waiting)) as ServerStats;
  }

  /**
   * Samples what it computes, for 0.001 to 3,600 seconds. The text of a `.cpuprofile`, which
   * developer tools of browsers open. One at a time: LIMIT. Giving up ends it.
   */
  async profile(options: Waiting & { readonly seconds: number }): Promise<string> {
    const ms = Math.round(options.seconds * 1_000);
    if (!(ms >= 1 && ms <= limits.profileMsMax)) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `a profile takes from 0.001 to ${limits.profileMsMax / 1_000} seconds`,
      );
    }
    return decoder.decode(await this.#place.ask('profile', { ms }, options));
  }
}
