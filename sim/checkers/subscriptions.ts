/**
 * G3 subscriptions: who reads a subscription learns of each arrival, or departure, that the server
 * told its observer, once and in that order, whatever becomes of other readers. A subscription to
 * arrivals begins with those present, in any order.
 *
 * The subscription was made at some moment between the call and its answer, and any will do. A
 * reader that is gone before it learned what it received may have taken one event along, but only
 * one that had been told by then: of those that follow it gets none.
 */

import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Checker } from './checker.ts';

/** What a server told its observer. */
interface Told {
  readonly type: 'joined' | 'left';
  readonly path: string;
}

/** Made before the servers are, so that it hears all that they tell. */
export class SubscriptionChecker implements Checker {
  readonly guarantee = 'G3 subscriptions';
  observed = 0;
  readonly #cluster: Cluster;
  /** What each told, in order. */
  readonly #told = new Map<Node, Told[]>();
  readonly #histories: SubscriptionHistory[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (event.type !== 'told') return;
      const told = event.event;
      if (told.type !== 'joined' && told.type !== 'left') return;
      this.#toldBy(event.node).push({ type: told.type, path: `/${told.member.id}` });
    });
  }

  /** Begins the history of a subscription that is about to be made on that server. */
  subscription(node: Node, source: 'join' | 'leave'): SubscriptionHistory {
    const history = new SubscriptionHistory(this.#toldBy(node), source, {
      observed: () => void this.observed++,
      violate: (message) =>
        this.#cluster.violate(this.guarantee, `@${source} on ${node.host.name}: ${message}`),
    });
    this.#histories.push(history);
    return history;
  }

  atEnd(): void {
    for (const history of this.#histories) history.atEnd();
  }

  #toldBy(node: Node): Told[] {
    const known = this.#told.get(node);
    if (known !== undefined) return known;
    const told: Told[] = [];
    this.#told.set(node, told);
    return told;
  }
}

/** One event that a reader received; `began` and `ended` order the receives among each other. */
interface Received {
  readonly path: string;
  readonly began: number;
  readonly ended: number;
}

/** An event that a reader must receive; `at` is how much had been told before it. */
interface Expected {
  readonly path: string;
  readonly at: number;
}

/** What was read from one subscription. */
export class SubscriptionHistory {
  readonly #told: readonly Told[];
  readonly #source: 'join' | 'leave';
  readonly #sink: { observed(): void; violate(message: string): void };
  readonly #madeFrom: number;
  #madeBy: number;
  /** In the order in which the receives ended. */
  readonly #received: Received[] = [];
  #moments = 0;
  /** Readers that may have taken an event along. */
  #takenAlong = 0;
  /** What was told before was received, or lost. */
  #drainedTo: number | undefined;

  /** `told` grows as the server tells more. */
  constructor(
    told: readonly Told[],
    source: 'join' | 'leave',
    sink: { observed(): void; violate(message: string): void },
  ) {
    this.#told = told;
    this.#source = source;
    this.#sink = sink;
    this.#madeFrom = told.length;
    this.#madeBy = told.length;
  }

  /** The subscription is there. */
  made(): void {
    this.#madeBy = this.#told.length;
  }

  /** How much its server has told by now. */
  get toldCount(): number {
    return this.#told.length;
  }

  /** A receive begins; the number that `received` wants. */
  receiveBegins(): number {
    return this.#moments++;
  }

  /** A receiver got this event. */
  received(began: number, path: string): void {
    this.#sink.observed();
    this.#received.push({ path, began, ended: this.#moments++ });
  }

  /** A reader is gone, or does not know what became of its receive. */
  readerLost(): void {
    const told = Math.max(...this.#beginnings().map((from) => this.#expected(from).length));
    if (told > this.#received.length) this.#takenAlong++;
  }

  /** Nothing was left when so much had been told, and nobody else was reading. */
  drained(toldCount: number): void {
    this.#drainedTo = toldCount;
  }

  /** Has the last word: what can only be said of the whole history. */
  atEnd(): void {
    const to = this.#drainedTo;
    if (to === undefined) return;
    this.#sink.observed();
    const problems = this.#beginnings().map((from) => this.#problem(this.#expected(from), to));
    const last = problems.at(-1);
    if (last !== undefined && !problems.includes(undefined)) this.#sink.violate(last);
  }

  /** How much may have been told when it was made. */
  #beginnings(): number[] {
    const count = this.#madeBy - this.#madeFrom + 1;
    return Array.from({ length: count }, (_, i) => this.#madeFrom + i);
  }

  #expected(from: number): Expected[] {
    const present = new Set<string>();
    const expected: Expected[] = [];
    for (const [at, { type, path }] of this.#told.entries()) {
      if (at === from) expected.push(...this.#replay(present));
      if (type === 'joined') present.add(path);
      else present.delete(path);
      const isOurs = (type === 'joined') === (this.#source === 'join');
      if (at >= from && isOurs) expected.push({ path, at });
    }
    if (from === this.#told.length) expected.push(...this.#replay(present));
    return expected;
  }

  #replay(present: ReadonlySet<string>): Expected[] {
    if (this.#source === 'leave') return [];
    return [...present].map((path) => ({ path, at: -1 }));
  }

  /** What is wrong, if it was made so that this was to come. */
  #problem(expected: readonly Expected[], to: number): string | undefined {
    /** path => where it stands, in order. */
    const places = new Map<string, number[]>();
    for (const [place, { path }] of expected.entries()) {
      const known = places.get(path);
      if (known === undefined) places.set(path, [place]);
      else known.push(place);
    }
    // Which of several events about one server a receive got cannot be known: these have no place.
    /** path => when it was told. */
    const unique = new Map<string, number>();
    for (const [path, all] of places)
      if (all.length === 1) unique.set(path, expected[all[0] as number]?.at ?? -1);
    for (const { path } of this.#received) {
      if (places.get(path)?.shift() === undefined) return `${path} came more often than was told`;
    }
    const missing = [...places.values()].flat().filter((at) => (expected[at]?.at ?? to) < to);
    if (missing.length > this.#takenAlong) {
      const paths = missing.slice(0, 5).map((place) => expected[place]?.path);
      return `${missing.length} events are lost: ${paths.join(', ')}`;
    }
    return this.#overtaking(unique);
  }

  /** No receive that began after another had ended gets an event that was told before. */
  #overtaking(places: ReadonlyMap<string, number>): string | undefined {
    const byBegin = this.#received.toSorted((a, b) => a.began - b.began);
    let furthest = -1;
    let ended = 0;
    for (const { path, began } of byBegin) {
      for (; (this.#received[ended]?.ended ?? began) < began; ended++) {
        furthest = Math.max(furthest, places.get(this.#received[ended]?.path ?? '') ?? -1);
      }
      const place = places.get(path) ?? furthest;
      if (place < furthest) return `${path} came after what was told later`;
    }
    return undefined;
  }
}
