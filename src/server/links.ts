/**
 * Sessions with everybody: accepted from clients and servers, dialled to servers. Knows which
 * session leads to which server, and flushes what was said once per turn.
 */

import type { CircuitError } from '../errors.ts';
import type { Connection, ConnectionEvents, Host, Timer } from '../host/index.ts';
import { type Address, parseCircuitUrl, type RunId, type ServerId } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import { type Limits, limits } from '../limits.ts';
import { boundsOf, type SessionBounds } from '../rpc/bounds.ts';
import type { Call } from '../rpc/call.ts';
import type { Hello } from '../rpc/hello.ts';
import { Session } from '../rpc/session.ts';
import { MS } from '../time.ts';
import { admit, type Identity, introduction, isMismatch } from './admission.ts';
import {
  dialEnd,
  endOf,
  ignored,
  isStale,
  type Link,
  type LinkEvents,
  type LinksOptions,
  newLink,
  noIntroduction,
  type SessionState,
  serverGone,
  stateOf,
} from './link.ts';
import { Reading } from './reading.ts';
import { freshest, Retiring } from './retiring.ts';
import { Room, relieve } from './room.ts';

/** How long what is under way with a server that left may take: more than its drain does. */
const PARTING_US = 60_000 * MS;

export class Links {
  readonly bounds: SessionBounds;
  readonly room: Room;
  readonly reading: Reading;
  /** What went over connections, without what the network adds. */
  readonly traffic = { bytesIn: 0, bytesOut: 0 };
  readonly #host: Host;
  readonly #self: Identity;
  readonly #events: LinkEvents;
  readonly #stamps: Stamps | undefined;
  readonly #limits: Limits;
  /** Server => its sessions that stand, mostly one; the oldest first. */
  readonly #peers = new Map<ServerId, Link[]>();
  /** Server => the session that is being dialled. */
  readonly #dialling = new Map<ServerId, Link>();
  readonly #all = new Set<Link>();
  readonly #dirty = new Set<Session>();
  readonly #retiring: Retiring;
  /** Sessions that are over, while their last bytes may be on their way. */
  readonly #ending = new Set<Link>();
  #turns = 0;
  #flushing: Timer | undefined;

  constructor(host: Host, self: Identity, events: LinkEvents, options: LinksOptions = {}) {
    this.#host = host;
    this.#self = self;
    this.#events = events;
    this.#stamps = options.stamps;
    this.#limits = options.limits ?? limits;
    this.bounds = options.bounds ?? boundsOf(this.#limits);
    this.room = new Room(this.#limits, {
      isMember: options.isMember ?? (() => true),
      close: (link, error) => this.turn(() => this.#close(link, error)),
    });
    this.reading = new Reading(host, this.bounds, (work) => this.turn(work));
    host.streams.accept((connection) => this.#accept(connection));
    this.#retiring = new Retiring(host.clock, this.#all, {
      serverMs: this.#limits.outdatedServerMs,
      isReplaced: ({ peer }) => peer !== undefined && this.#standing(peer) !== undefined,
      redial: ({ peer, session, unwanted }) => {
        if (peer === undefined || this.#dialling.has(peer)) return;
        const { address, run } = parseCircuitUrl(session.peer?.url as string);
        this.#open(address, peer, run).unwanted = unwanted;
      },
    });
  }

  /** What was turned away or made no sense. */
  get dropped() {
    return { frames: this.reading.malformedFrames, strangers: this.room.strangersDropped };
  }

  /** How many sessions there are, being dialled or accepted. */
  get size(): number {
    return this.#all.size;
  }

  /** Runs `work`, then sends what it had to say. */
  turn(work: () => void): void {
    this.enter();
    work();
    this.exit();
  }

  /** A turn begins here, maybe within another, and lasts until `exit`. */
  enter(): void {
    this.#turns++;
  }

  /** What was said in the outermost turn is sent. */
  exit(): void {
    this.#turns--;
    if (this.#turns === 0 && this.#dirty.size > 0) this.#flush();
  }

  /** Dials a server, or a seed of which only the address is known. */
  dial(address: Address, expected: ServerId | undefined, run: RunId | undefined): void {
    const standing = expected && this.#standing(expected);
    const known = standing ?? (expected && this.#dialling.get(expected));
    if (known === undefined) {
      this.#open(address, expected, run);
      return;
    }
    known.unwanted = false;
    if (standing !== undefined) this.#events.up(standing.peer as ServerId, address);
  }

  /** A session with that server, dialled if need be: calls on it fail if it cannot be reached. */
  sessionWith(peer: ServerId, url: string): Session {
    const link = this.#standing(peer) ?? this.#dialling.get(peer);
    if (link !== undefined) {
      link.lastCallAt = this.#host.clock.now();
      return link.session;
    }
    const { address, run } = parseCircuitUrl(url);
    const dialled = this.#open(address, peer, run);
    dialled.unwanted = true;
    return dialled.session;
  }

  /** Sends a note to a server; nothing happens when no session stands. */
  note(peer: ServerId, bytes: Uint8Array): void {
    // On the oldest, outdated or not: what is said on an edge stays in order.
    this.#peers.get(peer)?.[0]?.session.note(bytes);
  }

  /** The sessions with that server are needed for calls only. */
  release(peer: ServerId): void {
    for (const link of this.#peers.get(peer) ?? []) link.unwanted = true;
  }

  /** That server is gone, whatever its connections say. */
  sever(peer: ServerId): void {
    const dialling = this.#dialling.get(peer);
    for (const link of [...(this.#peers.get(peer) ?? []), ...(dialling ? [dialling] : [])]) {
      if (!link.parted) this.#close(link, serverGone(peer));
    }
  }

  /**
   * That server has left in order. Of what is under way with it, it lets go on what it can, and it
   * ends the rest: nothing else is heard from it, and no new call is made to it.
   */
  part(peer: ServerId): void {
    const parting = (this.#peers.get(peer) ?? []).filter(({ session }) => session.calls > 0);
    for (const link of parting) link.parted = true;
    this.sever(peer);
    if (parting.length === 0) return;
    this.#peers.delete(peer);
    this.#events.down(peer, 'ended');
    this.#host.clock.schedule(this.#host.clock.now() + PARTING_US, () => {
      for (const link of parting) this.turn(() => this.#close(link, serverGone(peer)));
    });
  }

  /** How many sessions are over of which the last bytes may be on their way. */
  get ending(): number {
    return this.#ending.size;
  }

  /** The calls of every session, both ways. */
  calls(): readonly Call[] {
    return [...this.#all].flatMap(({ session }) => session.pending());
  }

  /** Every session, the oldest first. */
  sessions(): SessionState[] {
    return [...this.#all].map(stateOf);
  }

  /**
   * Ends the sessions with clients that have nothing under way, and tells them why. Before the
   * servers go: else what a client has under way at one of them would fail as if that one were gone.
   */
  dismissClients(reason: CircuitError): void {
    for (const link of [...this.#all]) {
      const { session } = link;
      const isClient = session.peer !== undefined && link.peer === undefined;
      if (!isClient || session.calls > 0) continue;
      session.goodbye(reason);
      session.close(reason);
    }
  }

  /** Ends everything; with a reason, the peers are told it. */
  close(reason: CircuitError | undefined): void {
    this.#retiring.stop();
    this.#flushing?.cancel();
    for (const link of [...this.#all]) {
      if (reason !== undefined) link.session.goodbye(reason);
      link.session.close(reason ?? serverGone(this.#self.id));
    }
  }

  #accept(connection: Connection): ConnectionEvents {
    const link = this.#link(connection, {
      expected: undefined,
      address: undefined,
      run: undefined,
    });
    this.room.accepted(link);
    return this.#eventsOf(link);
  }

  #open(address: Address, expected: ServerId | undefined, run: RunId | undefined): Link {
    let events: ConnectionEvents = ignored;
    const connection = this.#host.streams.dial(address, {
      received: (bytes) => events.received(bytes),
      drained: () => events.drained(),
      outdated: () => events.outdated?.(),
      closed: (reason) => events.closed(reason),
    });
    const link = this.#link(connection, { expected, address, run });
    events = this.#eventsOf(link);
    if (expected !== undefined) this.#dialling.set(expected, link);
    return link;
  }

  #link(
    connection: Connection,
    to: { expected: ServerId | undefined; address: Address | undefined; run: RunId | undefined },
  ): Link {
    const now = this.#host.clock.now();
    const link = newLink(connection, { expected: to.expected, dialled: to.address, now });
    const session: Session = new Session({
      dialled: to.address !== undefined,
      hello: introduction(this.#self, to.run),
      output: {
        write: (bytes) => {
          this.traffic.bytesOut += bytes.length;
          return connection.write(bytes);
        },
        wake: () => this.#wake(session),
      },
      stamps: this.#stamps,
      bounds: this.bounds,
      isEnough: () => this.reading.isEnough(link),
      events: {
        admit: (hello) => {
          admit(this.#self, to, hello);
          if (to.address === undefined) this.room.admit(hello);
        },
        greeted: (hello) => this.#greeted(link, hello),
        opened: (call, open) => {
          const refusal = this.#retiring.refusal(link);
          if (refusal !== undefined) {
            call.fail(refusal);
            return {};
          }
          link.lastCallAt = this.#host.clock.now();
          return this.#events.opened(call, open, {
            server: link.peer,
            address: link.connection.remote,
            link,
          });
        },
        noted: (bytes) => {
          if (link.peer !== undefined && !link.parted) this.#events.noted(link.peer, bytes);
        },
        malformed: (what) => this.reading.malformed(link, what),
        congested: (yes) => this.reading.congested(link, yes),
        finished: (error) => this.#finished(link, error),
      },
    });
    link.session = session;
    this.#all.add(link);
    // A peer that does not introduce itself in time is let go.
    link.patience = this.#host.clock.schedule(now + this.#limits.helloTimeoutMs * MS, () => {
      link.end = 'timeout';
      this.turn(() => this.#close(link, noIntroduction()));
    });
    if (link.dialled !== undefined) session.start();
    return link;
  }

  #eventsOf(link: Link): ConnectionEvents {
    return {
      received: (bytes) => {
        this.traffic.bytesIn += bytes.length;
        this.turn(() => this.reading.read(link, bytes));
      },
      drained: () => this.turn(() => link.session.drained()),
      outdated: () => this.turn(() => this.#retiring.add(link)),
      closed: (reason) => {
        if (!link.session.over) {
          const error = endOf(link, reason);
          this.turn(() => {
            this.reading.ended(link);
            link.session.close(error);
          });
        }
        this.#ending.delete(link);
        this.room.closed(link);
      },
    };
  }

  #greeted(link: Link, hello: Hello): void {
    link.patience?.cancel();
    if (hello.server === undefined) {
      this.room.introduced(link, []);
      return;
    }
    if (link.expected !== undefined) this.#dialling.delete(link.expected);
    link.peer = hello.server;
    const links = this.#peers.get(link.peer) ?? [];
    if (links.push(link) === 1) this.#peers.set(link.peer, links);
    link.stoodAt = this.#host.clock.now();
    if (link.dialled === undefined) this.#replace(links, link);
    this.room.introduced(link, links);
    this.#events.up(link.peer, link.dialled ?? parseCircuitUrl(hello.url).address);
  }

  /**
   * A peer dials when it has no session with us. One of ours that is not of this moment, in which
   * both may have dialled, has ended there, and what told us of it was lost.
   */
  #replace(links: readonly Link[], by: Link): void {
    for (const link of [...links]) {
      if (isStale(link, by)) this.#close(link, serverGone(link.peer));
    }
  }

  #finished(link: Link, error: CircuitError): void {
    this.#all.delete(link);
    this.#dirty.delete(link.session);
    link.patience?.cancel();
    this.reading.forget(link);
    this.#ending.add(link);
    link.connection.end();
    if (link.expected !== undefined && this.#dialling.get(link.expected) === link) {
      this.#dialling.delete(link.expected);
    }
    if (link.peer === undefined) {
      if (link.dialled !== undefined) {
        this.#events.dialFailed(
          { address: link.dialled, peer: link.expected },
          isMismatch(error) ? 'mismatch' : dialEnd(link.end),
          error,
        );
      }
      return;
    }
    const links = this.#peers.get(link.peer) ?? [];
    const at = links.indexOf(link);
    if (at < 0) return;
    links.splice(at, 1);
    if (links.length > 0) return;
    this.#peers.delete(link.peer);
    this.#events.down(link.peer, link.end);
  }

  #close(link: Link, error: CircuitError): void {
    link.session.close(error);
    link.connection.reset();
  }

  #standing(peer: ServerId): Link | undefined {
    return freshest(this.#peers.get(peer), this.#host.security);
  }

  #wake(session: Session): void {
    this.#dirty.add(session);
    if (this.#turns > 0 || this.#flushing !== undefined) return;
    this.#flushing = this.#host.clock.schedule(this.#host.clock.now(), () => {
      this.#flushing = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    for (const session of this.#dirty) {
      this.#dirty.delete(session);
      session.flush();
    }
    const { unsent } = this.bounds;
    if (unsent.used > unsent.max) relieve(unsent, this.#all, (...worst) => this.#close(...worst));
  }
}
