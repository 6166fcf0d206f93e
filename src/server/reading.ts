/**
 * Who is heard, when, and for how long at a time.
 *
 * Thousands of requests may arrive in one piece, and each may cost a millisecond. So what a
 * connection says is acted on for a slice of time, and the rest of the piece waits. As long as
 * anybody waits, only who says little is heard at once; who says much waits as well, and nothing
 * more is read from it meanwhile. Who waits is heard in rounds, in which each has the same time:
 * one whose request took more than its share sits out rounds until the others have had as much.
 * This is deficit round robin (Shreedhar and Varghese, 1995), and a queue for newcomers before it
 * (RFC 8290, section 4.2). Who asks for one thing at a time is never among those who wait.
 *
 * Between two looks at its sockets Node accepts one connection and no more (libuv, uv__server_io).
 * So a turn of the loop must be short, or who dials waits for as many turns as there are others who
 * dial: what arrives in one turn beyond some time is heard in the next, and those who wait do so
 * until nobody else has anything to do, but for a part of the time that is theirs at least.
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
const SLICE_US = MS;
/** The same while somebody waits, and the share of each in a round. */
const SHORT_SLICE_US = MS / 4;
/** What arrives in one turn is heard for so long. Longer: who dials waits longer to be accepted. */
const TURN_US = 2 * MS;
/** A slice of those who wait, together. Longer: others are later for them. */
const REST_SLICE_US = MS;
/** After somebody was heard at once, those slices are short for so long: it may ask again. */
const ATTENTIVE_US = 10 * MS;
/** While others are busy, who waits is heard for one part of so many. More: waits may be long. */
const PARTS = 4;
/** A turn of the loop in which nothing happens takes less. */
const IDLE_US = MS / 10;
/** So much is little. More: who dials or asks for one thing waits behind more requests of others. */
const LITTLE_BYTES = 1024;
/** Rounds that one request may make its connection sit out. */
const ROUNDS_MAX = 64;

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
  /** Who said little, or is a server, and waits for the next turn; who waits longest first. */
  readonly #fresh = new Set<Link>();
  /** Whose rest waits, in the order of the round. */
  readonly #behind = new Set<Link>();
  /** Of those who wait: who has had more than its share => how much, in us. */
  readonly #debts = new Map<Link, number>();
  /** Who does not read. */
  readonly #congested = new Set<Link>();
  /** Which client waits until which session has sent what is unsent. */
  readonly #heldBack = new Map<Link, Session>();
  /** The same the other way round. */
  readonly #holding = new Map<Session, Set<Link>>();
  readonly #relayedMax: number;
  readonly #log: SeldomLog;
  /** The moment of the last look at the clock. */
  #now = 0;
  #until = 0;
  /** What was heard at once since the last turn, in us. */
  #spentUs = 0;
  /** Who was done at once last, and when. */
  #heard: Link | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** The end of our last turn. */
  #turnedAt = 0;
  /** Of the last slice of those who wait: its end, and what it took. */
  #restedAt = Number.NEGATIVE_INFINITY;
  #restUs = 0;
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
    this.#now = this.#clock.now();
    return this.#now >= this.#until || this.#isStopped(link);
  }

  /** Connections of which a part of what they said waits. */
  get waiting(): number {
    return this.#behind.size + this.#fresh.size;
  }

  /** Frames that made no sense, each of which ended its connection. */
  get malformedFrames(): number {
    return this.#malformed;
  }

  /** Hears what a connection says, for a slice, or later. */
  read(link: Link, bytes: Uint8Array): void {
    const { session } = link;
    if (session.behind > 0 || this.#isStopped(link)) {
      session.later(bytes);
      link.connection.pause();
      return;
    }
    const isAlone = this.waiting === 0;
    const isHeard = isAlone || bytes.length <= LITTLE_BYTES || isServer(link);
    if (this.#spentUs >= TURN_US || !(isHeard || session.peer === undefined)) {
      session.later(bytes);
    } else {
      this.#hear(link, bytes, isAlone ? SLICE_US : isHeard ? SHORT_SLICE_US : 0);
    }
    if (session.behind > 0) this.#wait(link);
  }

  /** Its connection is over. The little that it said before and that waits is heard still. */
  ended(link: Link): void {
    if (!this.#fresh.delete(link)) return;
    this.#until = this.#clock.now() + SHORT_SLICE_US;
    link.session.received(nothing);
  }

  /** The peer broke the protocol. */
  malformed(link: Link, what: string): void {
    this.#malformed++;
    this.#log.write({ what, from: link.connection.remote });
  }

  /** A peer does not read what it is sent, or does again. */
  congested(link: Link, yes: boolean): void {
    if (!yes) this.#letGo(link.session);
    if (isServer(link)) return;
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
    const held = this.#holding.get(onward);
    if (held === undefined) this.#holding.set(onward, new Set([link]));
    else held.add(link);
    this.#stop(link);
  }

  /** Its session is over. */
  forget(link: Link): void {
    this.#fresh.delete(link);
    this.#behind.delete(link);
    this.#debts.delete(link);
    this.#congested.delete(link);
    if (this.#heard === link) this.#heard = undefined;
    const onward = this.#heldBack.get(link);
    if (onward !== undefined) {
      this.#heldBack.delete(link);
      this.#holding.get(onward)?.delete(link);
    }
    this.#letGo(link.session);
  }

  #letGo(onward: Session): void {
    const held = this.#holding.get(onward);
    if (held === undefined) return;
    this.#holding.delete(onward);
    for (const link of held) {
      this.#heldBack.delete(link);
      this.#goOnWith(link);
    }
  }

  #isStopped(link: Link): boolean {
    return this.#congested.has(link) || this.#heldBack.has(link);
  }

  #stop(link: Link): void {
    this.#fresh.delete(link);
    this.#behind.delete(link);
    link.connection.pause();
  }

  /** At once. */
  #hear(link: Link, bytes: Uint8Array, sliceUs: number): void {
    const from = this.#clock.now();
    this.#now = from;
    this.#until = from + sliceUs;
    link.session.received(bytes);
    this.#note(link);
    this.#spentUs += this.#now - from;
    // Nobody tells us that a turn is over, unless we ask.
    if (this.#spentUs >= TURN_US) this.#schedule();
  }

  #wait(link: Link): void {
    if (this.#isStopped(link)) return;
    if (link.session.behind <= LITTLE_BYTES || isServer(link)) {
      this.#fresh.add(link);
    } else {
      this.#behind.add(link);
      link.connection.pause();
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= this.#clock.schedule(this.#clock.now(), () => {
      this.#timer = undefined;
      this.#goOn();
      if (this.waiting > 0) this.#schedule();
    });
  }

  #goOn(): void {
    const now = this.#clock.now();
    this.#now = now;
    this.#spentUs = 0;
    const isIdle = this.#fresh.size === 0 && now - this.#turnedAt < IDLE_US;
    this.#hearFresh(now + TURN_US);
    if (this.#behind.size > 0) {
      const others = this.#now - this.#restedAt;
      if (isIdle || others >= (PARTS - 1) * this.#restUs) this.#hearBehind();
    }
    this.#turnedAt = this.#now;
  }

  #hearFresh(end: number): void {
    for (const link of this.#fresh) {
      this.#fresh.delete(link);
      this.#hearRest(link, SHORT_SLICE_US);
      this.#note(link);
      if (this.#now >= end) return;
    }
  }

  /** Within one slice, as many as it is enough for, and one at least. */
  #hearBehind(): void {
    const from = this.#now;
    const isCalm = from - this.#heardAt >= ATTENTIVE_US || this.#isLast();
    const end = from + (isCalm ? REST_SLICE_US : SHORT_SLICE_US);
    for (const link of this.#behind) {
      this.#behind.delete(link);
      const debt = this.#debts.get(link) ?? 0;
      if (debt >= SHORT_SLICE_US) {
        this.#debts.set(link, debt - SHORT_SLICE_US);
        this.#behind.add(link);
        continue;
      }
      const at = this.#now;
      this.#hearRest(link, SHORT_SLICE_US - debt);
      const over = debt + this.#now - at - SHORT_SLICE_US;
      if (over <= 0 || link.session.behind === 0) this.#debts.delete(link);
      else this.#debts.set(link, Math.min(over, ROUNDS_MAX * SHORT_SLICE_US));
      if (this.#now >= end) break;
    }
    this.#restedAt = this.#now;
    this.#restUs = this.#now - from;
  }

  #note(link: Link): void {
    if (link.session.behind > 0) return;
    this.#heard = link;
    this.#heardAt = this.#now;
  }

  /** Whether who waits was the last who did not: it is alone. */
  #isLast(): boolean {
    return this.#behind.size === 1 && this.#heard !== undefined && this.#behind.has(this.#heard);
  }

  #hearRest(link: Link, sliceUs: number): void {
    this.#until = this.#now + sliceUs;
    this.#turn(() => link.session.received(nothing));
    this.#now = this.#clock.now();
    this.#goOnWith(link);
  }

  #goOnWith(link: Link): void {
    if (link.session.behind > 0) this.#wait(link);
    else if (!link.session.over && !this.#isStopped(link)) link.connection.resume();
  }
}

/** Of one that we dialled we know so before it has said it. */
function isServer({ peer, dialled }: Link): boolean {
  return peer !== undefined || dialled !== undefined;
}
