/**
 * For how many there is room: connections that were accepted, of those who have not said who they
 * are, of clients and of servers. Each counts until its connection is closed, however long its last
 * bytes take. Where there is no room, what only lingers goes first. Then strangers give way to
 * newer ones, and a new client is turned away; of servers goes one that is not in the circuit, or
 * that has nothing under way, and where all of them have, one more is let in: they are members.
 */

import type { Budget } from '../budget.ts';
import { CircuitError, pastLimit } from '../errors.ts';
import type { ServerId } from '../id.ts';
import type { Limits } from '../limits.ts';
import type { Hello } from '../rpc/hello.ts';
import { type Link, serverGone, tooMany } from './link.ts';

export interface RoomEvents {
  /** Whether that server is in the circuit. */
  isMember(peer: ServerId): boolean;
  /** Its session and connection have to end at once. */
  close(link: Link, error: CircuitError): void;
}

export class Room {
  /** Those who were let go before they said who they are. */
  strangersDropped = 0;
  readonly #limits: Limits;
  readonly #events: RoomEvents;
  /** Who waits longest first; and so the others. */
  readonly #strangers = new Set<Link>();
  readonly #clients = new Set<Link>();
  readonly #peers = new Set<Link>();

  constructor(limits: Limits, events: RoomEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** Connections of clients, and those that servers have opened. */
  get counts(): { readonly clients: number; readonly peers: number } {
    return { clients: this.#clients.size, peers: this.#peers.size };
  }

  accepted(link: Link): void {
    this.#strangers.add(link);
    if (this.#strangers.size <= this.#limits.strangersMax) return;
    const [oldest] = this.#strangers as Iterable<Link>;
    this.strangersDropped++;
    this.#drop(oldest as Link, tooMany());
  }

  /** Throws LIMIT where a client, or server, that introduces itself has to be turned away. */
  admit({ server }: Hello): void {
    const { clientsMax } = this.#limits;
    if (server !== undefined || this.#clients.size < clientsMax) return;
    const lingering = first(this.#clients, ({ session }) => session.over);
    if (lingering === undefined) {
      const what = 'the server has too many clients: dial another server, or try again later';
      throw pastLimit(what, 'clientsMax', clientsMax);
    }
    this.#drop(lingering, serverGone(undefined));
  }

  /** It has introduced itself, and `all` are the sessions with that server. */
  introduced(link: Link, all: readonly Link[]): void {
    if (!this.#strangers.delete(link)) return;
    if (link.peer === undefined) {
      this.#clients.add(link);
      return;
    }
    this.#peers.add(link);
    const { peersMax, connectionsOfPeerMax } = this.#limits;
    const theirs = all.filter(({ dialled }) => dialled === undefined);
    if (theirs.length > connectionsOfPeerMax) {
      this.#drop(theirs[0] as Link, serverGone(link.peer));
    } else if (this.#peers.size > peersMax) {
      const goes = this.#dispensable();
      const what = 'the server has too many connections of servers';
      if (goes !== undefined) this.#drop(goes, pastLimit(what, 'peersMax', peersMax));
    }
  }

  /** Its connection is closed. */
  closed(link: Link): void {
    this.#strangers.delete(link);
    this.#clients.delete(link);
    this.#peers.delete(link);
  }

  #dispensable(): Link | undefined {
    return (
      first(this.#peers, ({ session }) => session.over) ??
      first(this.#peers, ({ peer }) => peer !== undefined && !this.#events.isMember(peer)) ??
      first(this.#peers, ({ unwanted, session }) => unwanted && session.calls === 0)
    );
  }

  #drop(link: Link, error: CircuitError): void {
    this.closed(link);
    this.#events.close(link, error);
  }
}

/**
 * Ends the sessions that leave most unread, clients before servers, until the rest is within the
 * budget.
 */
export function relieve(unsent: Budget, all: Iterable<Link>, close: RoomEvents['close']): void {
  while (unsent.used > unsent.max) {
    const links = [...all].filter(({ session }) => session.outbox.unsent > 0);
    const clients = links.filter(({ peer }) => peer === undefined);
    const [worst] = (clients.length > 0 ? clients : links).sort(
      (a, b) => b.session.outbox.unsent - a.session.outbox.unsent,
    );
    if (worst === undefined) return;
    close(worst, new CircuitError('PROTOCOL', 'the peer does not read what it is sent'));
  }
}

function first(links: Iterable<Link>, fits: (link: Link) => boolean): Link | undefined {
  for (const link of links) if (fits(link)) return link;
  return undefined;
}
