/** The client library: dial any one server, and work on the whole circuit. */

import { parsePath } from '../anchor/path.ts';
import { CircuitError } from '../errors.ts';
import type { Clock, Random } from '../host/index.ts';
import { type CircuitUrl, parseCircuitUrl, type ServerId } from '../id.ts';
import { Stamps } from '../journal/stamp.ts';
import { Link, type LinkHost } from '../rpc/link.ts';
import { MS } from '../time.ts';
import { Anchor } from './anchor.ts';
import type { Target } from './invoke.ts';
import { type JournalEntry, type JournalOptions, journalOf } from './journal.ts';
import { Log } from './log.ts';
import { type MemberState, membersOf } from './members.ts';
import type { Waiting } from './options.ts';
import {
  type Otherwise,
  type SelectClause,
  type Selected,
  type SelectOptions,
  select,
} from './select.ts';

/** What a client needs of its host. */
export interface ClientHost extends LinkHost {
  readonly random: Random;
}

/** How long a server may take to answer when it is dialled. */
const DIAL_TIMEOUT_MS = 10_000;

/** Clock => the stamps of its program: what that does through one client or another is in order. */
const programs = new WeakMap<Clock, Stamps>();

/**
 * Dials a server.
 *
 *     await using client = await connect(host, 'circuit://127.0.0.1:11022');
 *     const chan = await client.walk('/X317c2314a386a9db/hi').makeChan(3);
 *     await chan.send('hello');
 *
 * Throws BAD_ARGUMENT for a malformed URL, DIAL_FAILED, TIMEOUT (default 10 s) or CANCELLED.
 */
export function connect(
  host: ClientHost,
  url: string | CircuitUrl,
  waiting: Waiting = {},
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const parsed = typeof url === 'string' ? parseCircuitUrl(url) : url;
    const timeoutMs = waiting.timeoutMs ?? DIAL_TIMEOUT_MS;
    const abort = () => link.abandon(new CircuitError('CANCELLED', 'the dialling was cancelled'));
    const timer = host.clock.schedule(host.clock.now() + timeoutMs * MS, () =>
      link.abandon(
        new CircuitError(
          'TIMEOUT',
          `the server at ${parsed.address} gave no answer in time; is it a server of circuit, and awake?`,
        ),
      ),
    );
    const settle = () => {
      timer.cancel();
      waiting.signal?.removeEventListener('abort', abort);
    };
    const on = {
      greeted: () => {
        settle();
        resolve(new Client(host, link));
      },
      finished: (error: CircuitError) => {
        settle();
        reject(error);
      },
    };
    const link = new Link(host, parsed, on, stampsOf(host.clock));
    waiting.signal?.addEventListener('abort', abort, { once: true });
    if (waiting.signal?.aborted) abort();
  });
}

function stampsOf(clock: Clock): Stamps {
  const known = programs.get(clock);
  if (known !== undefined) return known;
  const stamps = new Stamps(clock);
  programs.set(clock, stamps);
  return stamps;
}

/** A connection to one server, and through it to the whole circuit. */
export class Client implements AsyncDisposable {
  readonly #host: ClientHost;
  readonly #link: Link;

  /** @internal */
  constructor(host: ClientHost, link: Link) {
    this.#host = host;
    this.#link = link;
  }

  /** URL of the server that was dialled. */
  get url(): string {
    return this.#link.session.peer?.url ?? '';
  }

  /** The server that was dialled. */
  get server(): string {
    return this.#link.session.peer?.server ?? '';
  }

  /** Whether the connection still stands. */
  get connected(): boolean {
    return !this.#link.session.over;
  }

  /** A handle to an anchor; asks the server nothing yet. Throws BAD_ARGUMENT. */
  walk(path: string): Anchor {
    return new Anchor(this.#target, parsePath(path));
  }

  /** Ids of the servers present, sorted, as the server dialled sees them. Throws SERVER_GONE. */
  async servers(waiting: Waiting = {}): Promise<string[]> {
    const entries = await this.walk('/').view(waiting);
    return entries.map((entry) => entry.path.slice(1));
  }

  /** As `servers`, with what the server dialled knows of each. Throws SERVER_GONE. */
  members(waiting: Waiting = {}): Promise<MemberState[]> {
    return membersOf(this.#target, this.#link.session.peer?.server, waiting);
  }

  /**
   * Waits until one of several operations can be done, and does that one and no other; of several
   * that can be done, any one.
   *
   *     const result = await client.select([{ receive: work }, { exit: proc }], { timeoutMs: 5_000 });
   *     if (result.index === 0) handle(result.message);
   *     else console.log(result.state.Phase);
   *
   * When it is cancelled or times out, nothing was done, or the result is given all the same. An
   * error names the clause that it is about, such as CHANNEL_CLOSED for a send, NO_SUCH_ANCHOR,
   * WRONG_KIND, ABORTED or SERVER_GONE; where something may have been done, it says so. With
   * `otherwise` it does not wait: a clause counts only if it can be done at once, and a send to
   * somebody who is in a select himself cannot. Throws LIMIT beyond 256 clauses, and for messages
   * to send beyond 32 KiB.
   */
  select<const C extends readonly SelectClause[]>(
    clauses: C,
    options?: SelectOptions & { readonly otherwise?: false | undefined },
  ): Promise<Selected<C>>;
  select<const C extends readonly SelectClause[]>(
    clauses: C,
    options: SelectOptions,
  ): Promise<Selected<C> | Otherwise>;
  select(
    clauses: readonly SelectClause[],
    options: SelectOptions = {},
  ): Promise<Selected | Otherwise> {
    return select(this.#target, this.#host.random, clauses, options);
  }

  /**
   * The journals of all servers in one order: what may have caused something comes before it,
   * whatever their clocks show. With `follow` it goes on with what happens next, about a second
   * later, on servers that join later as well: exact for each server, and best effort between them.
   */
  log(options: Omit<JournalOptions, 'from'> = {}): AsyncIterableIterator<JournalEntry> {
    const target = this.#target;
    const journals = {
      clock: target.clock,
      servers: () => this.servers({ signal: options.signal }),
      open: (server: ServerId, how: { from: number; follow: boolean }) =>
        journalOf(target, server, { ...how, signal: options.signal }),
      isOver: () => target.session.over,
    };
    return new Log(journals, { follow: options.follow ?? false }).entries();
  }

  /** Closes the connection; operations under way fail with CANCELLED. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#link.close(resolve));
  }

  /** As `close`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #target(): Target {
    return { session: this.#link.session, clock: this.#host.clock };
  }
}
