/**
 * A subscription, done to one operation after another: a queue of what its server told. The telling
 * is an operation too, of the server itself, at one moment.
 */

import { unreachable } from '../../src/assert.ts';
import type { Model, Operation } from './operation.ts';

/** What is done with a subscription, and by its server. */
export type SubscriptionCall =
  | {
      readonly type: 'tell';
      readonly change: 'join' | 'leave';
      readonly server: string;
      /** Which of the tellings it is, from 0; left out where their moments say so. */
      readonly number?: number;
    }
  | { readonly type: 'make' | 'scrub' }
  | { readonly type: 'receive'; readonly waits: boolean };

/** What came of it. What had no effect, because its client gave up, is not in a history. */
export type SubscriptionResult =
  | { readonly type: 'done'; readonly server?: string }
  /** It would have had to wait, and was not to. */
  | { readonly type: 'blocked' }
  /** The subscription was scrubbed. */
  | { readonly type: 'gone' };

/** A subscription, and the servers that are there. */
export interface SubscriptionState {
  readonly phase: 'absent' | 'there' | 'gone';
  readonly queue: readonly string[];
  /** The one that tells first, since it tells of itself first; the others by their ids. */
  readonly present: readonly string[];
  /** Tellings with a number until now. */
  readonly told: number;
}

type SubscriptionOperation = Operation<SubscriptionCall, SubscriptionResult>;

/** A subscription to arrivals begins with the servers that are present, as in `present`. */
export function subscriptionModel(
  source: 'join' | 'leave',
  present: readonly string[],
): Model<SubscriptionState, SubscriptionCall, SubscriptionResult> {
  return {
    initial: { phase: 'absent', queue: [], present, told: 0 },
    step: (state, operation) => {
      const after = step(source, state, operation);
      return after === undefined ? [] : [after];
    },
    key: ({ phase, queue, present: there, told }) =>
      `${phase}:${told}:${queue.join()}:${there.join()}`,
    describe,
  };
}

function step(
  source: 'join' | 'leave',
  state: SubscriptionState,
  { call, result, alone }: SubscriptionOperation,
): SubscriptionState | undefined {
  const { phase, queue, present, told } = state;
  if (result?.type === 'gone') return phase === 'gone' ? state : undefined;
  switch (call.type) {
    case 'tell': {
      if (call.number !== undefined && call.number !== told) return undefined;
      const after = call.number === undefined ? told : told + 1;
      const now = changed(present, call);
      const isOurs = phase === 'there' && call.change === source;
      return {
        ...{ ...state, present: now, told: after },
        queue: isOurs ? [...queue, call.server] : queue,
      };
    }
    case 'make':
      if (phase !== 'absent') return undefined;
      return { ...state, phase: 'there', queue: source === 'join' ? present : [] };
    case 'scrub':
      return phase === 'there' ? { ...state, phase: 'gone', queue: [] } : undefined;
    case 'receive': {
      const [server, ...rest] = queue;
      if (phase !== 'there') return undefined;
      // It may fail although there is something when it meets another that has that on offer.
      if (result?.type === 'blocked') return server === undefined || !alone ? state : undefined;
      if (server === undefined) return undefined;
      if (result?.type === 'done' && result.server !== server) return undefined;
      return { ...state, queue: rest };
    }
    default:
      return unreachable(call);
  }
}

/** The servers that are present after a change: the one that tells, and the others by their ids. */
export function changed(
  present: readonly string[],
  { change, server }: { readonly change: 'join' | 'leave'; readonly server: string },
): readonly string[] {
  if (change === 'leave') return present.filter((each) => each !== server);
  if (present.includes(server)) return present;
  const [own, ...others] = [...present, server];
  return own === undefined ? [server] : [own, ...others.sort()];
}

function describe(call: SubscriptionCall, result: SubscriptionResult | undefined): string {
  const kind = call.type === 'receive' && !call.waits ? 'try to ' : '';
  const what = call.type === 'tell' ? `tell ${call.change} of ${call.server}` : call.type;
  if (result === undefined) return `${kind}${what}`;
  const server = result.type === 'done' && result.server !== undefined ? `, ${result.server}` : '';
  return `${kind}${what} -> ${result.type}${server}`;
}
