/** Random operations on subscriptions, with their histories. */

import type { Subscription } from '../../src/client/subscription.ts';
import type { SubscriptionRecorder } from '../history/histories.ts';
import type { SubscriptionCall, SubscriptionResult } from '../history/subscription-model.ts';
import { type Acting, ANSWER_MS, type Lane, recorded, retire } from './recorded.ts';

/** A subscription in use. */
export interface SubscriptionLane extends Lane {
  readonly source: 'join' | 'leave';
  readonly history: SubscriptionRecorder;
}

const gone: SubscriptionResult = { type: 'gone' };
const failures = { ABORTED: gone, NO_SUCH_ANCHOR: gone } as const;

/** Makes it; false when nobody can use it. */
export async function makeSubscription(acting: Acting, lane: SubscriptionLane): Promise<boolean> {
  const anchor = acting.client.walk(lane.path);
  const waiting = { timeoutMs: ANSWER_MS };
  const made = await does(acting, lane, { type: 'make' }, async () => {
    await (lane.source === 'join' ? anchor.makeOnJoin(waiting) : anchor.makeOnLeave(waiting));
    return { type: 'done' };
  });
  return made?.type === 'done';
}

/** One operation. */
export async function useSubscription(acting: Acting, lane: SubscriptionLane): Promise<void> {
  const subscription = acting.client.walk(lane.path).subscription();
  await receive(acting, lane, subscription, acting.random.below(2) === 0);
}

/** Receives what is left and scrubs it, or scrubs it in the midst of what goes on. */
export async function endSubscription(acting: Acting, lane: SubscriptionLane): Promise<void> {
  const subscription = acting.client.walk(lane.path).subscription();
  if (acting.random.below(2) === 0) {
    lane.retired = true;
    await acting.cluster.until(() => lane.running === 0);
    while ((await receive(acting, lane, subscription, false))?.type === 'done');
  }
  await does(acting, lane, { type: 'scrub' }, async () => {
    await subscription.scrub({ timeoutMs: ANSWER_MS });
    return { type: 'done' };
  });
  if (!lane.retired) await retire(acting, lane);
}

function receive(
  acting: Acting,
  lane: SubscriptionLane,
  subscription: Subscription,
  waits: boolean,
) {
  const waiting = { timeoutMs: acting.patienceMs };
  return does(acting, lane, { type: 'receive', waits }, async () => {
    const server = await (waits ? subscription.receive(waiting) : subscription.tryReceive(waiting));
    return server === undefined ? { type: 'blocked' } : { type: 'done', server };
  });
}

function does(
  acting: Acting,
  lane: SubscriptionLane,
  call: SubscriptionCall,
  work: () => Promise<SubscriptionResult>,
) {
  return recorded(lane.history, acting, call, { work, failures });
}
