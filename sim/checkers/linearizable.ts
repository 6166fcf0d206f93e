/**
 * G8 linearizability: what clients saw of channels, selects, processes and subscriptions can be
 * explained by operations that were done one after another, each at a moment between its beginning
 * and its end. Whoever uses the elements records what it does.
 *
 * A search that takes too long says nothing: these are counted for each kind of element, by the last
 * search of each history, and too many of them break the run.
 */

import type { Cluster } from '../cluster.ts';
import {
  type ChannelCall,
  type ChannelResult,
  channelModel,
  channelsOf,
} from '../history/channel-model.ts';
import { culprit } from '../history/culprit.ts';
import { type Linearization, linearize } from '../history/linearize.ts';
import { withoutNeedless } from '../history/needless.ts';
import type { Model, Operation } from '../history/operation.ts';
import { partition } from '../history/partition.ts';
import { type ProcessCall, type ProcessResult, processModel } from '../history/process-model.ts';
import { Recorder } from '../history/recorder.ts';
import {
  changed,
  type SubscriptionCall,
  type SubscriptionResult,
  subscriptionModel,
} from '../history/subscription-model.ts';
import type { Node } from '../node.ts';
import type { Checker } from './checker.ts';

/** The share of histories of one kind that may be left undecided. */
const UNDECIDED_MAX = 0.1;
/** How many of the operations before the one that has no place a violation names. */
const SHOWN_MAX = 8;

/** What clients did with channels, and with selects on them. */
export type ChannelRecorder = Recorder<ChannelCall, ChannelResult>;
/** What clients did with one process. */
export type ProcessRecorder = Recorder<ProcessCall, ProcessResult>;
/** What clients did with one subscription, and what its server told. */
export type SubscriptionRecorder = Recorder<SubscriptionCall, SubscriptionResult>;

/** What is searched alike, for people. */
type Kind = 'channels' | 'processes' | 'subscriptions';

type Verdict = Linearization['type'];

/** Watches that histories are linearizable. Made before the servers are: it hears what they tell. */
export class LinearizabilityChecker implements Checker {
  readonly guarantee = 'G8 linearizability';
  /** Operations in histories that were searched, to the end. */
  observed = 0;
  readonly channels: ChannelRecorder;
  readonly #cluster: Cluster;
  /** Process or subscription => searches its history. */
  readonly #histories = new Map<string, () => void>();
  /** First channel of a group => what was known of it when it was searched. */
  readonly #searched = new Map<string, string>();
  /** Process, subscription, or first channel of a group => what the last search found. */
  readonly #verdicts: Readonly<Record<Kind, Map<string, Verdict>>> = {
    channels: new Map(),
    processes: new Map(),
    subscriptions: new Map(),
  };
  /** Node => the servers that it told of and that are there, by their ids. */
  readonly #present = new Map<Node, readonly string[]>();
  /** Node => the histories of its subscriptions that are not over, by their names. */
  readonly #subscriptions = new Map<Node, Map<string, SubscriptionRecorder>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.channels = this.#recorder((call) =>
      call.type === 'select' ? call.clauses.map(({ channel }) => channel) : [call.channel],
    );
    cluster.observe((event) => {
      if (event.type !== 'told') return;
      const { type } = event.event;
      if (type === 'joined' || type === 'left') {
        this.#hear(event.node, type === 'joined' ? 'join' : 'leave', `/${event.event.member.id}`);
      }
    });
  }

  /** Begins the history of a process. */
  process(name: string): ProcessRecorder {
    const recorder: ProcessRecorder = this.#recorder(() => [name]);
    this.#histories.set(name, () => {
      const verdict = this.#search(name, processModel, recorder.operations);
      this.#verdicts.processes.set(name, verdict);
    });
    return recorder;
  }

  /** Begins the history of a subscription on that server. */
  subscription(name: string, node: Node, source: 'join' | 'leave'): SubscriptionRecorder {
    const recorder: SubscriptionRecorder = this.#recorder(() => [name]);
    const model = subscriptionModel(source, this.#present.get(node) ?? []);
    const ofNode = this.#subscriptions.get(node) ?? new Map<string, SubscriptionRecorder>();
    this.#subscriptions.set(node, ofNode.set(name, recorder));
    this.#histories.set(name, () => {
      const verdict = this.#search(name, model, recorder.operations);
      this.#verdicts.subscriptions.set(name, verdict);
      ofNode.delete(name);
      if (ofNode.size === 0) this.#subscriptions.delete(node);
    });
    return recorder;
  }

  /** Nothing more will be done with this element: what was done is searched now. */
  over(name: string): void {
    const search = this.#histories.get(name);
    this.#histories.delete(name);
    if (search === undefined) this.#searchChannels(name);
    else search();
  }

  atEnd(): void {
    this.#searchChannels();
    for (const search of this.#histories.values()) search();
    for (const [kind, verdicts] of Object.entries(this.#verdicts)) {
      const all = [...verdicts.values()];
      const undecided = all.filter((verdict) => verdict === 'unknown').length;
      if (undecided > 0) this.#cluster.measure('histories undecided', undecided);
      if (undecided > all.length * UNDECIDED_MAX) {
        const which = `${undecided} of ${all.length} histories of ${kind}`;
        this.#violate(`whether ${which} are linearizable is not known: the searches took too long`);
      }
    }
  }

  #recorder<Call, Result>(touches: (call: Call) => readonly string[]): Recorder<Call, Result> {
    const { player } = this.#cluster;
    // Of a clock that jumped ahead, a server took an offer back before its time.
    const isCalm = (fromUs: number) =>
      !player.played.some(
        ({ type, at }) => type === 'clock' && at >= fromUs && at <= this.#cluster.now,
      );
    return new Recorder(() => this.#cluster.now, touches, isCalm);
  }

  #hear(node: Node, change: 'join' | 'leave', server: string): void {
    this.#present.set(node, changed(this.#present.get(node) ?? [], { change, server }));
    for (const recorder of this.#subscriptions.get(node)?.values() ?? []) {
      recorder.happened(node.host.name, { type: 'tell', change, server }, { type: 'done' });
    }
  }

  /** Those that may have to do with `name`; all when it is left out. */
  #searchChannels(name?: string): void {
    const operations = withoutNeedless(this.channels.operations);
    for (const group of partition(operations, channelsOf)) {
      const channels = [...new Set(group.flatMap(channelsOf))];
      if (name !== undefined && !channels.includes(name)) continue;
      const [first] = channels as [string, ...string[]];
      const known = knownOf(group);
      if (this.#searched.get(first) === known) continue;
      // They may have been apart, before something that touches several of them.
      for (const channel of channels) {
        this.#searched.delete(channel);
        this.#verdicts.channels.delete(channel);
      }
      this.#searched.set(first, known);
      const verdict = this.#search(channels.join(' and '), channelModel, group);
      this.#verdicts.channels.set(first, verdict);
    }
  }

  #search<State, Call, Result>(
    name: string,
    model: Model<State, Call, Result>,
    operations: readonly Operation<Call, Result>[],
  ): Verdict {
    const { type, steps } = linearize(model, operations);
    this.#cluster.measure('operations in a history', operations.length);
    this.#cluster.measure('steps of a search', steps);
    if (type !== 'unknown') this.observed += operations.filter(isKnown).length;
    if (type === 'broken') this.#violate(`${name}: ${explained(model, operations)}`);
    return type;
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}

function isKnown({ result }: Operation): boolean {
  return result !== undefined;
}

/** Results only come; and what has none yet may come to have one, or to have had no effect. */
function knownOf(operations: readonly Operation[]): string {
  const open = operations.filter((operation) => !isKnown(operation));
  const which = open.map(({ invoked }) => invoked).join();
  return `${operations.length - open.length} known, and open since ${which}`;
}

/** What cannot be, for people. */
function explained<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
): string {
  const found = culprit(model, operations);
  if (found === undefined) return 'no order of the operations explains their results';
  const { order, operation } = found;
  const tell = ({ client, call, result }: Operation<Call, Result>) =>
    `${client} ${model.describe(call, result)}`;
  const when = `${seconds(operation.fromUs)} to ${seconds(operation.toUs)} s`;
  const before = order.slice(-SHOWN_MAX).map(tell).join('; ');
  const count = order.length > SHOWN_MAX ? `the last of ${order.length}: ` : '';
  const known = order.length === 0 ? 'it is the first' : `before it there were ${count}${before}`;
  return `no order has a place for "${tell(operation)}" (${when}); ${known}`;
}

function seconds(us: number): string {
  return (us / 1e6).toFixed(6);
}
