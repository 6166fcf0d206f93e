/** The client library: dial any one server, and work on the whole circuit. */

import { parsePath } from '../anchor/path.ts';
import { CircuitError } from '../errors.ts';
import type { Random } from '../host/index.ts';
import { type CircuitUrl, parseCircuitUrl } from '../id.ts';
import { Link, type LinkHost } from '../rpc/link.ts';
import { MS } from '../time.ts';
import { Anchor } from './anchor.ts';
import type { Target } from './invoke.ts';
import { type MemberState, membersOf } from './members.ts';
import type { Waiting } from './options.ts';

/** What a client needs of its host. */
export interface ClientHost extends LinkHost {
  readonly random: Random;
}

/** How long a server may take to answer when it is dialled. */
const DIAL_TIMEOUT_MS = 10_000;

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
        new CircuitError('TIMEOUT', `the server at ${parsed.address} gave no answer in time`),
      ),
    );
    const settle = () => {
      timer.cancel();
      waiting.signal?.removeEventListener('abort', abort);
    };
    const link = new Link(host, parsed, {
      greeted: () => {
        settle();
        resolve(new Client(host, link));
      },
      finished: (error) => {
        settle();
        reject(error);
      },
    });
    waiting.signal?.addEventListener('abort', abort, { once: true });
    if (waiting.signal?.aborted) abort();
  });
}

export class Client implements AsyncDisposable {
  readonly #host: ClientHost;
  readonly #link: Link;

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

  /** Ids of the servers present, sorted, as the server dialled sees them. */
  async servers(waiting: Waiting = {}): Promise<string[]> {
    const entries = await this.walk('/').view(waiting);
    return entries.map((entry) => entry.path.slice(1));
  }

  /** As `servers`, with what the server dialled knows of each. Throws SERVER_GONE. */
  members(waiting: Waiting = {}): Promise<MemberState[]> {
    return membersOf(this.#target, this.#link.session.peer?.server, waiting);
  }

  /** Closes the connection; operations under way fail. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#link.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #target(): Target {
    return { session: this.#link.session, clock: this.#host.clock };
  }
}
