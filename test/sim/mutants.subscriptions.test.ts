/** Bugs in subscriptions that their checker must find; the run without a bug holds. */

import { expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import { Channel } from '../../src/channel/channel.ts';
import type { ChannelEffect } from '../../src/channel/event.ts';
import { SubscriptionElement } from '../../src/element/subscription.ts';
import { Subscriptions } from '../../src/server/subscriptions.ts';
import { broken, type Patch, patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: subscriptions } = await import('../../scenarios/subscriptions.ts');

const seeds = ['1', '2', '3'];
const brokenBy = (...patches: Patch[]) => broken(subscriptions, { patches }, seeds);

test('without a planted bug, readers learn all that their server told', async () => {
  for (const seed of seeds) {
    const report = await simulate(subscriptions, { seed });
    expect(report.ok, told(report)).toBe(true);
  }
});

test('an event that is told to nobody is found', async () => {
  let count = 0;
  const tell = patched(SubscriptionElement, 'tell', (original, _, server) => {
    if (++count % 20 !== 0) original(server);
  });
  expect(await brokenBy(tell)).toBe('G3 subscriptions');
});

test('an event that is told twice is found', async () => {
  const tell = patched(SubscriptionElement, 'tell', (original, _, server) => {
    original(server);
    original(server);
  });
  expect(await brokenBy(tell)).toBe('G3 subscriptions');
});

test('events that are told in another order are found', async () => {
  const held = new Map<SubscriptionElement, Parameters<SubscriptionElement['tell']>[0]>();
  const tell = patched(SubscriptionElement, 'tell', (original, self, server) => {
    const before = held.get(self);
    held.delete(self);
    if (before === undefined && self.source === 'join') held.set(self, server);
    else original(server);
    if (before !== undefined) original(before);
  });
  expect(await brokenBy(tell)).toBe('G3 subscriptions');
});

test('a subscription to arrivals that begins with nobody is found', async () => {
  const make = patched(Subscriptions, 'make', (original, _, source) => {
    const planted = patched(SubscriptionElement, 'tell', () => {})();
    const made = original(source);
    planted();
    return made;
  });
  expect(await brokenBy(make)).toBe('G3 subscriptions');
});

test('a reader that is killed while it waits and swallows the next event is found', async () => {
  const dead = new Map<object, Set<number>>();
  const step = patched(Channel<Uint8Array>, 'step', (original, self, now, event, out) => {
    const ofChannel = dead.get(self) ?? new Set();
    dead.set(self, ofChannel);
    if (event.type === 'cancelReceive') {
      ofChannel.add(event.op);
      return;
    }
    const effects: ChannelEffect<Uint8Array>[] = [];
    original(now, event, effects);
    for (const effect of effects) {
      const isDead = ofChannel.has(effect.op);
      // Nobody is left to whom it could fail.
      if (!isDead || effect.type !== 'failed') out.push(effect);
      if (!isDead || effect.type !== 'offer') continue;
      original(now, { type: 'taken', op: effect.op, offer: effect.offer }, out);
    }
  });
  expect(await brokenBy(step)).toBe('G3 subscriptions');
});
