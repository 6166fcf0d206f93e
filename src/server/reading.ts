/**
 * From whom is read, and for how long at a time.
 *
 * Thousands of requests may arrive in one piece, and each may cost a millisecond. So what a
 * connection says is acted on for a slice of time; the rest of the piece waits, and nothing more is
 * read from that connection, until all others that wait have had their slice, and new arrivals
 * theirs. While some wait, slices are shorter. Who asks for little is never among those who wait.
 *
 * A client that does not read what it asked for is not heard either, not even what it said before;
 * nor is one whose calls for another server pile up on the way there. Servers are heard all the
 * same: two that wait for each other to read would wait for ever.
 */

import type { Clock, Host, Timer } from '../host/index.ts';
import type { SessionBounds } from '../rpc/bounds.ts';
import type { Session } from '../rpc/session.ts';
import { MS } from '../time.ts';
import type { Link } from './link.ts';
import { SeldomLog } from './seldom-log.ts';

/** A slice of who speaks when nobody waits. Longer: fewer pauses, and later answers to others. */
const SLICE_US = 5 * MS;
/** The same while somebody waits: as many may speak at once as there are connections. */
const SHORT_SLICE_US = MS / 4;
/** A slice of those who wait, together. Longer: others are later for them. */
const REST_SLICE_US = MS;

/**
 * Of what may be unsent on a connection, the part beyond which clients wait whose calls go there.
 * The rest is for what each of them has said before it waits. A smaller part: an edge idles more
 * often. A larger one: calls of others wait longer behind what is unsent.
 */
const RELAYED_SHARE = 16;

const nothing = new Uint8Array(0);

export class Reading {
  readonly #clock: Clock;
  readonly #turn: (work: () => void) => void;
  /** Whose rest waits; who waits longest first. */
  readonly #behind = new Set<Link>();
  /** Who does not read. */
  readonly #congested = new Set<Link>();
  /** Which client waits until which session has sent what is unsent. */
  readonly #heldBack = new Map<Link, Session>();
  readonly #relayedMax: number;
  readonly #log: SeldomLog;
  #until = 0;
  #timer: Timer | undefined;
  #malformed = 0;

  /** Sessions are told of what waited within a `turn`. */
  constructor(
    host: Pick<Host, 'clock' | 'log'>,
    bounds: Pick<SessionBounds, 'unsentBytesMax'>,
    turn: (work: () => void) => void,
  ) {
    this.#relayedMax = bounds.unsentBytesMax / RELAYED_SHARE;
    this.#clock = host.clock;
    this.#log = new SeldomLog(host, 'malformed');
    this.#turn = turn;
  }

  /** Whether a connection was heard enough for now: its slice is over, or it does not read. */
  isEnough(link: Link): boolean {
    return this.#isStopped(link) || this.#isSliceOver();
  }

  /** Connections of which a part of what they said waits. */
  get waiting(): number {
    return this.#behind.size;
  }

  /** Frames that made no sense, each of which ended its connection. */
  get malformedFrames(): number {
    return this.#malformed;
  }

  /** Acts on what a connection says, for a slice. */
  read(link: Link, bytes: Uint8Array): void {
    this.#until = this.#clock.now() + (this.#behind.size === 0 ? SLICE_US : SHORT_SLICE_US);
    link.session.received(bytes);
    if (!link.session.behind) return;
    link.connection.pause();
    this.#wait(link);
  }

  /** The peer broke the protocol. */
  malformed(link: Link, what: string): void {
    this.#malformed++;
    this.#log.write({ what, from: link.connection.remote });
  }

  /** A peer does not read what it is sent, or does again. */
  congested(link: Link, yes: boolean): void {
    if (!yes) this.#letGo(link.session);
    if (link.peer !== undefined || link.dialled !== undefined) return;
    if (yes) {
      this.#congested.add(link);
      this.#stop(link);
    } else {
      this.#congested.delete(link);
      this.#goOnWith(link);
    }
  }

  /**
   * Something that a client said was passed on. Where too much of that is unsent, the client is not
   * heard until it was sent, or that session is over.
   */
  relayed(link: Link, onward: Session): void {
    const { blocked, unsent } = onward.outbox;
    if (!blocked || unsent <= this.#relayedMax) return;
    if (link.session.over || onward.over || this.#heldBack.has(link)) return;
    this.#heldBack.set(link, onward);
    this.#stop(link);
  }

  /** Its session is over. */
  forget(link: Link): void {
    this.#behind.delete(link);
    this.#congested.delete(link);
    this.#heldBack.delete(link);
    this.#letGo(link.session);
  }

  #letGo(onward: Session): void {
    for (const [link, session] of [...this.#heldBack]) {
      if (session !== onward) continue;
      this.#heldBack.delete(link);
      this.#goOnWith(link);
    }
  }

  #isStopped(link: Link): boolean {
    return this.#congested.has(link) || this.#heldBack.has(link);
  }

  #stop(link: Link): void {
    this.#behind.delete(link);
    link.connection.pause();
  }

  #wait(link: Link): void {
    if (this.#isStopped(link)) return;
    this.#behind.add(link);
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= this.#clock.schedule(this.#clock.now(), () => {
      this.#timer = undefined;
      this.#goOn();
      if (this.#behind.size > 0) this.#schedule();
    });
  }

  /** Within one slice, as many as it is enough for, and one at least. */
  #goOn(): void {
    this.#until = this.#clock.now() + REST_SLICE_US;
    for (const link of [...this.#behind]) {
      if (!this.#behind.delete(link)) continue;
      this.#turn(() => link.session.received(nothing));
      this.#goOnWith(link);
      if (this.#isSliceOver()) return;
    }
  }

  #goOnWith(link: Link): void {
    if (link.session.behind) this.#wait(link);
    else if (!link.session.over && !this.#isStopped(link)) link.connection.resume();
  }

  #isSliceOver(): boolean {
    return this.#clock.now() >= this.#until;
  }
}
