import { expect, test } from 'vitest';
import type { SubscriptionElement } from '../../../src/element/subscription.ts';
import type { ServerId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { Subscriptions } from '../../../src/server/subscriptions.ts';
import { Caller, StillClock } from '../../support/calls.ts';
import { messageOf } from '../../support/chan-bench.ts';

const [a, b, c] = ['Xaaaaaaaaaaaaaaaa', 'Xbbbbbbbbbbbbbbbb', 'Xcccccccccccccccc'] as [
  ServerId,
  ServerId,
  ServerId,
];

/** All that is pending. */
function drain(subscription: SubscriptionElement): string[] {
  const { Pending } = subscription.peek() as { Pending: number };
  return Array.from({ length: Pending }, () => {
    const by = new Caller();
    const opened = by.call((call) => subscription.receive(call, { patient: false }), {
      take: true,
    });
    for (let i = 0; i < 5; i++) by.run();
    return messageOf(opened)?.toString().trim().slice(1) ?? '';
  });
}

test('who subscribes to arrivals gets those present, and then the others', () => {
  const present = [b, c];
  const subscriptions = new Subscriptions(new StillClock(), () => present);
  const joins = subscriptions.make('join');
  expect(drain(joins)).toEqual([b, c]);
  present.push(a);
  subscriptions.joined(a);
  expect(drain(joins)).toEqual([a]);
  expect(drain(subscriptions.make('join'))).toEqual([b, c, a]);
});

test('who subscribes to departures gets those that follow', () => {
  const subscriptions = new Subscriptions(new StillClock(), () => []);
  subscriptions.joined(a);
  subscriptions.joined(b);
  subscriptions.left(a);
  const leaves = subscriptions.make('leave');
  expect(drain(leaves)).toEqual([]);
  subscriptions.left(b);
  subscriptions.joined(b);
  subscriptions.left(b);
  expect(drain(leaves)).toEqual([b, b]);
});

test('each subscription gets all of it, and none once it is scrubbed', () => {
  const subscriptions = new Subscriptions(new StillClock(), () => []);
  const [kept, scrubbed] = [subscriptions.make('join'), subscriptions.make('join')];
  subscriptions.joined(a);
  scrubbed.scrub();
  subscriptions.joined(b);
  expect(drain(kept)).toEqual([a, b]);
  expect(scrubbed.peek()).toMatchObject({ Pending: 1 });
});

test('one subscription more than a server may have fails with LIMIT, until one is scrubbed', () => {
  const subscriptions = new Subscriptions(new StillClock(), () => []);
  const all = Array.from({ length: limits.subscriptionsMax }, () => subscriptions.make('leave'));
  expect(() => subscriptions.make('join')).toThrow('(limit subscriptionsMax: 256)');
  all[0]?.scrub();
  subscriptions.make('join');
  expect(() => subscriptions.make('join')).toThrow('(limit subscriptionsMax: 256)');
});

test('an event more than may be pending is dropped and counted, and all servers find room', () => {
  const subscriptions = new Subscriptions(new StillClock(), () => []);
  const leaves = subscriptions.make('leave');
  for (let i = 0; i <= limits.subscriptionEventsMax; i++) subscriptions.left(a);
  expect(leaves.peek()).toMatchObject({ Pending: limits.subscriptionEventsMax, Dropped: 1 });
  expect(limits.subscriptionEventsMax).toBeGreaterThan(limits.membersMax);
});
