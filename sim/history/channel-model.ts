/**
 * Channels, as those of Go, done to one operation after another; several at once, since a select
 * whose client never learned what it did may have done something to any of its channels.
 *
 * Where there is no buffer a send and its receive are one event. Here the send comes first and leaves
 * a message in the hand, and nothing but a receive, which must have begun before the send was over,
 * may be next: so there is a moment that is within both.
 *
 * A send that waits when its channel is closed may still be received: so one that began before the
 * close was over may come after it, until somebody was told that nothing is left. The close was over
 * when its client knew, or when anybody was told that the channel is closed.
 *
 * What does not wait may fail although it need not have, when it meets another operation (its match
 * may fall through); when it was alone it may not. A closed channel, too, tells a receive that does
 * not wait to come again, though messages are left: while all of them are on offer to others, who may
 * yet not take them. Even when none is left in a history: a send may be taken back while its message
 * is on offer, and then had no effect. That is over once somebody was told that nothing is left. A
 * send, on the other hand, a closed channel refuses for good.
 *
 * What a peek counts is compared when it was alone, too: so what may have happened, and has left no
 * other trace, need not be searched (needless.ts).
 */

import { unreachable } from '../../src/assert.ts';
import type { Model, Operation } from './operation.ts';

/** What a select may do on one channel, and what a client may. */
export type ChannelClause =
  | { readonly type: 'send'; readonly channel: string; readonly message: string }
  /** `among`: it took one of these, if any, when its outcome is unknown. Left out: any message. */
  | { readonly type: 'receive'; readonly channel: string; readonly among?: ReadonlySet<string> };

/** What a client does with channels. `waits`: it is done later when it cannot be done at once. */
export type ChannelCall =
  | (ChannelClause & { readonly waits: boolean })
  | { readonly type: 'make'; readonly channel: string; readonly capacity: number }
  | { readonly type: 'close' | 'scrub' | 'peek'; readonly channel: string }
  | {
      readonly type: 'select';
      readonly clauses: readonly ChannelClause[];
      readonly waits: boolean;
    };

/** What came of it. What had no effect, because its client gave up, is not in a history. */
export type ChannelResult =
  /** `message` when one was received; `clause` is that of a select. */
  | { readonly type: 'done'; readonly message?: string; readonly clause?: number }
  /** The channel is closed: nothing can be sent, or is left to receive. */
  | { readonly type: 'closed'; readonly clause?: number }
  /** It would have had to wait, and was not to. */
  | { readonly type: 'blocked' }
  /** The channel was scrubbed. */
  | { readonly type: 'gone' }
  | {
      readonly type: 'state';
      readonly closed: boolean;
      readonly sent: number;
      readonly received: number;
    };

/** One channel. */
export interface ChannelState {
  /** Drained: closed, and somebody was told that there is nothing left. */
  readonly phase: 'absent' | 'open' | 'closed' | 'drained' | 'gone';
  readonly capacity: number;
  readonly queue: readonly string[];
  /** The send of the message in the hand was over by then; undefined when there is none. */
  readonly handedBy: number | undefined;
  /** The close was over by then, as its client knew or another; undefined when it is open. */
  readonly closedBy: number | undefined;
  readonly sent: number;
  readonly received: number;
}

/** Channel => what it is; those that were never made are not there. */
export type ChannelsState = ReadonlyMap<string, ChannelState>;

/** An operation on channels. */
export type ChannelOperation = Operation<ChannelCall, ChannelResult>;

const absent: ChannelState = {
  phase: 'absent',
  capacity: 0,
  queue: [],
  handedBy: undefined,
  closedBy: undefined,
  sent: 0,
  received: 0,
};

/** Channels that nobody has made yet. */
export const channelModel: Model<ChannelsState, ChannelCall, ChannelResult> = {
  initial: new Map(),
  step: stepChannels,
  key: (state) => Array.from(state, ([name, channel]) => `${name}${keyOf(channel)}`).join(';'),
  isWhole: (state) => handed(state) === undefined,
  // Of two that receive alike one may have taken less: what people are told says nothing of it.
  asked: (call) => `${describeChannelCall(call, undefined)}${amongOf(call)}`,
  describe: describeChannelCall,
};

/** The channels that an operation may have done something to: one, when its result is known. */
export function channelsOf({ call, result }: ChannelOperation): readonly string[] {
  if (call.type !== 'select') return [call.channel];
  const done = clauseOf(call.clauses, result);
  return done === undefined ? call.clauses.map(({ channel }) => channel) : [done.channel];
}

function amongOf(call: ChannelCall): string {
  const clauses = call.type === 'select' ? call.clauses : [call];
  return clauses
    .map((each) =>
      each.type === 'receive' && each.among !== undefined
        ? `|${[...each.among].join(',')}`
        : '|any',
    )
    .join('');
}

function stepChannels(state: ChannelsState, operation: ChannelOperation): ChannelsState[] {
  const { call, result } = operation;
  if (call.type !== 'select') return on(state, operation, call);
  const done = clauseOf(call.clauses, result);
  if (done !== undefined) return on(state, operation, done);
  if (result === undefined) return call.clauses.flatMap((clause) => on(state, operation, clause));
  // None of its clauses could be done; each of them says so.
  return call.clauses.every((clause) => on(state, operation, clause).length > 0) ? [state] : [];
}

function clauseOf(
  clauses: readonly ChannelClause[],
  result: ChannelResult | undefined,
): ChannelClause | undefined {
  if (result?.type !== 'done' && result?.type !== 'closed') return undefined;
  return clauses[result.clause ?? 0];
}

/** An operation on one channel. */
type Single = Exclude<ChannelCall, { readonly type: 'select' }> | ChannelClause;

function on(state: ChannelsState, operation: ChannelOperation, call: Single): ChannelsState[] {
  const { channel: name } = call;
  const before = state.get(name) ?? absent;
  const hand = handed(state);
  // What is in the hand is received before anything else happens, here or on another channel.
  if (hand !== undefined && (hand !== name || call.type !== 'receive')) return [];
  const after = stepChannel(before, operation, call);
  if (after === undefined) return [];
  return [after === before ? state : new Map(state).set(name, after)];
}

function handed(state: ChannelsState): string | undefined {
  for (const [name, { handedBy }] of state) if (handedBy !== undefined) return name;
  return undefined;
}

/** The channel afterwards; undefined when that cannot be now. */
function stepChannel(
  channel: ChannelState,
  operation: ChannelOperation,
  call: Single,
): ChannelState | undefined {
  const { result } = operation;
  if (result?.type === 'gone') return channel.phase === 'gone' ? channel : undefined;
  switch (call.type) {
    case 'make':
      if (channel.phase !== 'absent') return undefined;
      return { ...channel, phase: 'open', capacity: call.capacity };
    case 'send':
      return send(channel, operation, call.message);
    case 'receive':
      return receive(channel, operation, call.among);
    case 'close':
      if (result?.type === 'closed') return seenClosed(channel, operation);
      if (channel.phase !== 'open') return undefined;
      return { ...channel, phase: 'closed', closedBy: operation.returned };
    case 'scrub':
      return exists(channel) ? { ...channel, phase: 'gone', queue: [] } : undefined;
    case 'peek':
      return peek(channel, operation);
    default:
      return unreachable(call);
  }
}

function isClosed({ phase }: ChannelState): boolean {
  return phase === 'closed' || phase === 'drained';
}

/** Whoever is told that it is closed tells that the close was over by then. */
function seenClosed(
  channel: ChannelState,
  { returned }: Pick<ChannelOperation, 'returned'>,
): ChannelState | undefined {
  if (!isClosed(channel)) return undefined;
  const { closedBy } = channel;
  const isNews = closedBy !== undefined && closedBy > returned;
  return isNews ? { ...channel, closedBy: returned } : channel;
}

function exists(channel: ChannelState): boolean {
  return channel.phase === 'open' || isClosed(channel);
}

function send(
  channel: ChannelState,
  { result, invoked, returned, alone }: ChannelOperation,
  message: string,
): ChannelState | undefined {
  const { phase, capacity, queue, sent, closedBy } = channel;
  if (result?.type === 'closed') return seenClosed(channel, { returned });
  if (result?.type === 'blocked') {
    return phase !== 'open' || (alone && queue.length < capacity) ? undefined : channel;
  }
  const waited = phase === 'closed' && closedBy !== undefined && invoked < closedBy;
  if (phase !== 'open' && !waited) return undefined;
  if (capacity === 0) return { ...channel, queue: [message], handedBy: returned, sent: sent + 1 };
  if (queue.length >= capacity) return undefined;
  return { ...channel, queue: [...queue, message], sent: sent + 1 };
}

function receive(
  channel: ChannelState,
  { result, invoked, returned, alone }: ChannelOperation,
  among: ReadonlySet<string> | undefined,
): ChannelState | undefined {
  const { phase, queue, handedBy, received } = channel;
  const [message, ...rest] = queue;
  if (!exists(channel)) return undefined;
  if (result?.type === 'closed') {
    if (message !== undefined) return undefined;
    const seen = seenClosed(channel, { returned });
    return seen === undefined || phase === 'drained' ? seen : { ...seen, phase: 'drained' };
  }
  if (result?.type === 'blocked') {
    const isEmpty = message === undefined && phase === 'open';
    return isEmpty || (!alone && phase !== 'drained') ? channel : undefined;
  }
  if (message === undefined) return undefined;
  if (result?.type === 'done' && result.message !== message) return undefined;
  if (result === undefined && among?.has(message) === false) return undefined;
  if (handedBy !== undefined && invoked > handedBy) return undefined;
  return { ...channel, queue: rest, handedBy: undefined, received: received + 1 };
}

function peek(
  channel: ChannelState,
  { result, returned, alone }: ChannelOperation,
): ChannelState | undefined {
  const { sent, received } = channel;
  if (!exists(channel)) return undefined;
  if (result?.type !== 'state') return channel;
  if (result.closed !== isClosed(channel)) return undefined;
  if (alone && (result.sent !== sent || result.received !== received)) return undefined;
  return result.closed ? seenClosed(channel, { returned }) : channel;
}

function keyOf({ phase, queue, handedBy, closedBy, sent, received }: ChannelState): string {
  const by = `${handedBy ?? ''},${closedBy ?? ''}`;
  return `:${phase},${sent},${received},${by},${queue.join(',')}`;
}

/** One line for people. */
export function describeChannelCall(call: ChannelCall, result: ChannelResult | undefined): string {
  return `${asked(call)}${came(result)}`;
}

function asked(call: ChannelCall): string {
  if (call.type === 'make') return `make ${call.channel} with room for ${call.capacity}`;
  const kind = 'waits' in call && !call.waits ? 'try to ' : '';
  if (call.type !== 'select') return `${kind}${clause(call)}`;
  return `${kind}select ${call.clauses.map(clause).join(' or ')}`;
}

function clause(call: { readonly type: string; readonly channel: string }): string {
  const message = 'message' in call ? ` "${call.message}"` : '';
  return `${call.type}${message} on ${call.channel}`;
}

function came(result: ChannelResult | undefined): string {
  if (result === undefined) return '';
  switch (result.type) {
    case 'done': {
      const { message } = result;
      const which = result.clause === undefined ? '' : `, clause ${result.clause}`;
      return ` -> done${which}${message === undefined ? '' : `, "${message}"`}`;
    }
    case 'state': {
      const { sent, received } = result;
      return ` -> ${result.closed ? 'closed' : 'open'}, ${sent} sent, ${received} received`;
    }
    default:
      return ` -> ${result.type}`;
  }
}
