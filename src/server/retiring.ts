/**
 * Sessions that end in peace: those that only calls need, after some time without any, and those
 * under a key that was removed. On these we make no new call and take none: at once of clients, and
 * after a moment of servers, which may have our word of another connection on its way, and must not
 * fail what they relay. One that servers need is dialled anew, and each ends once nothing has been
 * under way on it for a moment: the peer may still take it for good. Whatever lasts longer the
 * transport cuts off.
 */

import { CircuitError } from '../errors.ts';
import type { Clock, Security, Timer } from '../host/index.ts';
import { MS, SECOND } from '../time.ts';
import type { Link } from './link.ts';

/** How long a session that only calls use may be idle, in us: redialling costs a round trip. */
const IDLE_US = 30 * SECOND;
/** How long nothing must be under way on one whose key was removed, in us; so often we look. */
const QUIET_US = SECOND;

export interface RetiringOptions {
  /** How long calls of servers are taken on one whose key was removed, in ms. */
  readonly serverMs: number;
  /** Whether another session with the same server will do instead. */
  isReplaced(link: Link): boolean;
  /** Another session with the same server is needed. */
  redial(link: Link): void;
}

export class Retiring {
  readonly #clock: Clock;
  readonly #options: RetiringOptions;
  readonly #outdated = new Map<Link, { readonly since: number; quietAt: number | undefined }>();
  readonly #all: Iterable<Link>;
  #sweep: Timer | undefined;
  #timer: Timer | undefined;

  /** `all` are the sessions there are, at any time. */
  constructor(clock: Clock, all: Iterable<Link>, options: RetiringOptions) {
    this.#clock = clock;
    this.#all = all;
    this.#options = options;
    this.#scheduleSweep();
  }

  /** The key of that session was removed. */
  add(link: Link): void {
    this.#outdated.set(link, { since: this.#clock.now(), quietAt: undefined });
    this.#look();
  }

  /** With what a call fails that the peer opens there now; undefined if it is taken. */
  refusal(link: Link): CircuitError | undefined {
    if (!link.connection.outdated) return undefined;
    if (link.peer === undefined) return removed();
    const since = this.#outdated.get(link)?.since ?? this.#clock.now();
    const isLate = this.#clock.now() - since >= this.#options.serverMs * MS;
    return isLate ? removed() : undefined;
  }

  stop(): void {
    this.#sweep?.cancel();
    this.#timer?.cancel();
    this.#outdated.clear();
  }

  #scheduleSweep(): void {
    this.#sweep = this.#clock.schedule(this.#clock.now() + IDLE_US, () => {
      const before = this.#clock.now() - IDLE_US;
      for (const link of [...this.#all]) {
        const idle = link.session.calls === 0 && link.lastCallAt <= before;
        if (link.unwanted && link.peer !== undefined && idle) {
          link.session.close(new CircuitError('SERVER_GONE', 'the idle session was closed'));
        }
      }
      this.#scheduleSweep();
    });
  }

  #look(): void {
    this.#timer?.cancel();
    const now = this.#clock.now();
    for (const [link, state] of [...this.#outdated]) {
      const { quietAt } = state;
      const { session, peer, unwanted, parted } = link;
      if (session.over) {
        this.#outdated.delete(link);
        continue;
      }
      const isQuiet = session.calls === 0 && session.outbox.unsent === 0;
      state.quietAt = isQuiet ? (quietAt ?? now) : undefined;
      // Of one for calls alone the peer cannot know that it needs another, until a call fails.
      const isNeeded = peer !== undefined && !parted && !(unwanted && isQuiet);
      if (isNeeded && !this.#options.isReplaced(link)) this.#options.redial(link);
      else if (isQuiet && quietAt !== undefined) session.goodbye(outdated());
    }
    if (this.#outdated.size === 0) return;
    this.#timer = this.#clock.schedule(now + QUIET_US, () => this.#look());
  }
}

/** Of the sessions with one server, that for new calls; undefined when there is none, or none fit. */
export function freshest(
  links: readonly Link[] | undefined,
  security: Pick<Security, 'keys'>,
): Link | undefined {
  if (links?.length === 1 && links[0]?.connection.outdated === false) return links[0];
  const fresh = links?.filter(({ connection }) => !connection.outdated);
  return fresh?.find(({ connection }) => connection.key === security.keys[0]) ?? fresh?.[0];
}

function outdated(): CircuitError {
  return new CircuitError(
    'WRONG_KEY',
    'the server no longer takes the key of this connection: connect again with another',
  );
}

function removed(): CircuitError {
  return new CircuitError('WRONG_KEY', 'the key of this connection was removed: dial again');
}
