/**
 * G8 linearizability: what clients saw of channels, selects, processes and subscriptions can be
 * explained by operations that were done one after another, each at a moment between its beginning
 * and its end. Whoever uses the elements records what it does.
 *
 * Too many histories that are left undecided break the run, too.
 */

import type { Cluster } from '../cluster.ts';
import {
  type ChannelRecorder,
  Histories,
  isKnown,
  type ProcessRecorder,
  type Searched,
  type SubscriptionRecorder,
  type Teller,
} from '../history/histories.ts';
import type { Checker } from './checker.ts';

/** The share of histories of one kind that may be left undecided. */
const UNDECIDED_MAX = 0.1;

/** Watches that histories are linearizable. Made before the servers are: it hears what they tell. */
export class LinearizabilityChecker implements Checker {
  readonly guarantee = 'G8 linearizability';
  /** Operations in histories that were searched, to the end. */
  observed = 0;
  readonly #cluster: Cluster;
  readonly #histories: Histories;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#histories = new Histories({
      now: () => cluster.now,
      // Of a clock that jumped ahead, a server took an offer back before its time.
      isCalm: (fromUs) =>
        !cluster.player.played.some(
          ({ type, at }) => type === 'clock' && at >= fromUs && at <= cluster.now,
        ),
      searched: (history) => this.#searched(history),
    });
    cluster.observe((event) => {
      if (event.type !== 'told') return;
      const { type } = event.event;
      if (type !== 'joined' && type !== 'left') return;
      const change = type === 'joined' ? 'join' : 'leave';
      this.#histories.hear(event.node, change, `/${event.event.member.id}`);
    });
  }

  /** What is done with channels, and with selects on them. */
  get channels(): ChannelRecorder {
    return this.#histories.channels;
  }

  /** Begins the history of a process. */
  process(name: string): ProcessRecorder {
    return this.#histories.process(name);
  }

  /** Begins the history of a subscription on that server. */
  subscription(name: string, server: Teller, source: 'join' | 'leave'): SubscriptionRecorder {
    return this.#histories.subscription(name, server, source);
  }

  /** Nothing more will be done with this element: what was done is searched now. */
  over(name: string): void {
    this.#histories.over(name);
  }

  atEnd(): void {
    this.#histories.end();
    for (const [kind, { all, undecided }] of Object.entries(this.#histories.counts)) {
      if (undecided > 0) this.#cluster.measure('histories undecided', undecided);
      if (undecided > all * UNDECIDED_MAX) {
        const which = `${undecided} of ${all} histories of ${kind}`;
        this.#violate(`whether ${which} are linearizable is not known: the searches took too long`);
      }
    }
  }

  #searched({ name, operations, verdict, steps, explanation }: Searched): void {
    this.#cluster.measure('operations in a history', operations.length);
    this.#cluster.measure('steps of a search', steps);
    if (verdict !== 'unknown') this.observed += operations.filter(isKnown).length;
    if (explanation !== undefined) this.#violate(`${name}: ${explanation}`);
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}
