/**
 * The histories of the elements of a circuit, while they are made and until each was searched for an
 * order. Whoever uses the elements records what it does; in the simulated world and in the real one
 * alike.
 *
 * A search that takes too long says nothing: these are counted for each kind of element, by the last
 * search of each history.
 */

import { type ChannelCall, type ChannelResult, channelModel, channelsOf } from './channel-model.ts';
import { culprit } from './culprit.ts';
import { type Linearization, linearize } from './linearize.ts';
import { withoutNeedless } from './needless.ts';
import type { Model, Operation } from './operation.ts';
import { partition } from './partition.ts';
import { type ProcessCall, type ProcessResult, processModel } from './process-model.ts';
import { Recorder } from './recorder.ts';
import {
  changed,
  type SubscriptionCall,
  type SubscriptionResult,
  subscriptionModel,
} from './subscription-model.ts';

/** How many of the operations before the one that has no place a violation names. */
const SHOWN_MAX = 8;

/** What clients did with channels, and with selects on them. */
export type ChannelRecorder = Recorder<ChannelCall, ChannelResult>;
/** What clients did with one process. */
export type ProcessRecorder = Recorder<ProcessCall, ProcessResult>;
/** What clients did with one subscription, and what its server told. */
export type SubscriptionRecorder = Recorder<SubscriptionCall, SubscriptionResult>;

/** What is searched alike, for people. */
export type HistoryKind = 'channels' | 'processes' | 'subscriptions';

/** A history that was searched. */
export interface Searched {
  readonly kind: HistoryKind;
  /** Of its elements. */
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly verdict: Linearization['type'];
  readonly steps: number;
  /** What cannot be, for people; of a broken one. */
  readonly explanation: string | undefined;
}

/** What histories need to know, and whom they tell. */
export interface HistoriesOptions {
  /** Microseconds. */
  now(): number;
  /** Whether all clocks went on since then as they should, and all servers. */
  isCalm(fromUs: number): boolean;
  /** Called with each history that was searched. */
  searched(history: Searched): void;
  /**
   * What servers tell is heard later than it happens, in the order in which it does. Default: it is
   * heard as it happens.
   */
  readonly hearsLate?: boolean;
}

/** A server, as far as histories tell one from another. */
export interface Teller {
  readonly host: { readonly name: string };
}

/** What a workload needs of histories. */
export type Recording = Pick<Histories, 'channels' | 'process' | 'subscription' | 'over'>;

/** See the header of this file. */
export class Histories {
  readonly channels: ChannelRecorder;
  readonly #options: HistoriesOptions;
  /** Process or subscription => searches its history. */
  readonly #histories = new Map<string, () => void>();
  /** First channel of a group => what was known of it when it was searched. */
  readonly #searched = new Map<string, string>();
  /** Process, subscription, or first channel of a group => what the last search found. */
  readonly #verdicts: Readonly<Record<HistoryKind, Map<string, Linearization['type']>>> = {
    channels: new Map(),
    processes: new Map(),
    subscriptions: new Map(),
  };
  /** Server => the servers that it told of and that are there, by their ids. */
  readonly #present = new Map<Teller, readonly string[]>();
  /** Server => the histories of its subscriptions that are not over, by their names. */
  readonly #subscriptions = new Map<Teller, Map<string, Telling>>();

  constructor(options: HistoriesOptions) {
    this.#options = options;
    this.channels = this.#recorder((call) =>
      call.type === 'select' ? call.clauses.map(({ channel }) => channel) : [call.channel],
    );
  }

  /** Begins the history of a process. */
  process(name: string): ProcessRecorder {
    const recorder: ProcessRecorder = this.#recorder(() => [name]);
    this.#histories.set(name, () => {
      const history = { kind: 'processes', name, operations: recorder.operations } as const;
      this.#verdicts.processes.set(name, this.#search(processModel, history));
    });
    return recorder;
  }

  /** Begins the history of a subscription on that server. */
  subscription(name: string, server: Teller, source: 'join' | 'leave'): SubscriptionRecorder {
    const recorder: SubscriptionRecorder = this.#recorder(() => [name]);
    const model = subscriptionModel(source, this.#present.get(server) ?? []);
    const ofServer = this.#subscriptions.get(server) ?? new Map<string, Telling>();
    this.#subscriptions.set(server, ofServer.set(name, { recorder, told: 0 }));
    this.#histories.set(name, () => {
      const history = { kind: 'subscriptions', name, operations: recorder.operations } as const;
      this.#verdicts.subscriptions.set(name, this.#search(model, history));
      ofServer.delete(name);
      if (ofServer.size === 0) this.#subscriptions.delete(server);
    });
    return recorder;
  }

  /** A server told that another, by its path, has joined or left. */
  hear(teller: Teller, change: 'join' | 'leave', server: string): void {
    this.#present.set(teller, changed(this.#present.get(teller) ?? [], { change, server }));
    const call = { type: 'tell', change, server } as const;
    for (const telling of this.#subscriptions.get(teller)?.values() ?? []) {
      const { recorder } = telling;
      const { name } = teller.host;
      if (this.#options.hearsLate === true) {
        recorder.hasHappened(name, { ...call, number: telling.told++ }, { type: 'done' });
      } else recorder.happened(name, call, { type: 'done' });
    }
  }

  /** Nothing more will be done with this element: what was done is searched now. */
  over(name: string): void {
    const search = this.#histories.get(name);
    this.#histories.delete(name);
    if (search === undefined) this.#searchChannels(name);
    else search();
  }

  /** Nothing more will be done at all. */
  end(): void {
    this.#searchChannels();
    for (const search of this.#histories.values()) search();
  }

  /** How many histories of each kind there are, and how many of them are undecided. */
  get counts(): Readonly<Record<HistoryKind, { all: number; undecided: number }>> {
    const count = (kind: HistoryKind) => {
      const all = [...this.#verdicts[kind].values()];
      return { all: all.length, undecided: all.filter((each) => each === 'unknown').length };
    };
    return {
      channels: count('channels'),
      processes: count('processes'),
      subscriptions: count('subscriptions'),
    };
  }

  #recorder<Call, Result>(touches: (call: Call) => readonly string[]): Recorder<Call, Result> {
    const { now, isCalm } = this.#options;
    return new Recorder(now, touches, isCalm);
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
      const history = {
        kind: 'channels',
        name: channels.join(' and '),
        operations: group,
      } as const;
      this.#verdicts.channels.set(first, this.#search(channelModel, history));
    }
  }

  #search<State, Call, Result>(
    model: Model<State, Call, Result>,
    history: Pick<Searched, 'kind' | 'name'> & {
      readonly operations: readonly Operation<Call, Result>[];
    },
  ): Linearization['type'] {
    const { type: verdict, steps } = linearize(model, history.operations);
    const explanation = verdict === 'broken' ? explained(model, history.operations) : undefined;
    this.#options.searched({ ...history, verdict, steps, explanation });
    return verdict;
  }
}

/** A history of a subscription, and how many tellings are in it. */
interface Telling {
  readonly recorder: SubscriptionRecorder;
  told: number;
}

/** Whether somebody knows what came of it. */
export function isKnown({ result }: Operation): boolean {
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
