/**
 * What hostile peers do to a server: junk, floods, silence, slowness. Small, and until enough has
 * happened; `npm run report:hostile` does the same at full size, and measures.
 */

import { afterEach, expect, test } from 'vitest';
import type { Order } from '../../tools/hostile-report/attacker.ts';
import { endAll } from '../support/circuit.ts';
import { type Counts, reaches, Siege } from './siege.ts';

const perSecond = 10_000;
const growthMibMax = 32;

afterEach(endAll);

interface Junk {
  readonly order: Order;
  /** What is enough of it, by what the attacker counts. */
  readonly enough: Counts;
  /** What the server must have counted for it, at least. The system may lose datagrams. */
  readonly dropped: Counts;
}

const junk: Record<string, Junk> = {
  'datagrams of random bytes': {
    order: { attack: 'randomDatagrams', rate: perSecond, count: 1 },
    enough: { datagrams: 10_000 },
    dropped: { datagrams: 5_000 },
  },
  'datagrams that begin well': {
    order: { attack: 'prefixDatagrams', rate: perSecond, count: 1 },
    enough: { datagrams: 10_000 },
    dropped: { datagrams: 2_000 },
  },
  'random bytes on connections': {
    order: { attack: 'randomFrames', rate: perSecond, count: 64 },
    enough: { frames: 1_000, cut: 300 },
    dropped: { frames: 250 },
  },
  'garbage after a greeting': {
    order: { attack: 'garbageAfterHello', rate: perSecond, count: 64 },
    enough: { frames: 1_000, cut: 300 },
    dropped: { frames: 250 },
  },
  'over-long frames': {
    order: { attack: 'overlongFrames', rate: perSecond, count: 64 },
    enough: { frames: 1_000, cut: 300 },
    dropped: { frames: 250 },
  },
  'well-formed frames that mean nothing': {
    order: { attack: 'junkMessages', rate: perSecond, count: 64 },
    enough: { frames: 10_000 },
    dropped: { datagrams: 1_000 },
  },
};

test.each(Object.entries(junk))(
  '%s: counted, told seldom, and no harm to anybody',
  async (_, { order, enough, dropped }) => {
    await using siege = await Siege.lay(order);
    const warm = await siege.attack(reaches(enough));
    const isTwice = reaches(enough, warm.counts);
    const isCounted = reaches(dropped);
    const { median } = await siege.attack(
      async (counts) => isTwice(counts) && isCounted((await siege.peeked()).Dropped),
    );
    expect(median - warm.median).toBeLessThan(growthMibMax);
    siege.isSeldomTold('malformed', 1);
    await siege.isUnharmed();
  },
);

const held = ['silent', 'halfHello', 'slowHello'] as const;

test.each(held)(
  '%s: 300 connections that never greet are let go in time, and keep nobody out',
  async (attack) => {
    await using siege = await Siege.lay({ attack, rate: 1, count: 300 });
    const { median, most } = await siege.attack(({ stood = 0, cut = 0 }) => {
      return stood >= 300 && cut >= 300;
    });
    expect(most - median).toBeLessThan(2 * growthMibMax);
    await siege.isUnharmed();
  },
);

test('of those who never greet there are as many as is allowed, and the oldest goes', async () => {
  const attack = { attack: 'silent', rate: 1, count: 300 } as const;
  await using siege = await Siege.lay(attack, { options: ['--limit', 'strangersMax=50'] });
  let most = 0;
  await siege.attack(({ cut = 0 }) => {
    most = Math.max(most, siege.descriptorsNow());
    return cut >= 1_000;
  });
  expect(most - siege.descriptors).toBeLessThan(100);
  const { Dropped } = await siege.peeked();
  expect(Dropped['strangers']).toBeGreaterThan(500);
  await siege.isUnharmed();
});

test('a flood of connections, each broken as soon as it stands, harms nobody', async () => {
  await using siege = await Siege.lay({ attack: 'connectFlood', rate: 1_000, count: 1 });
  const warm = await siege.attack(({ stood = 0 }) => stood >= 1_500);
  const { median } = await siege.attack(({ stood = 0 }) => stood >= 4_000);
  expect(median - warm.median).toBeLessThan(growthMibMax);
  await siege.isUnharmed();
});

test('frames of a MiB, a byte at a time, on 300 connections cost little', async () => {
  await using siege = await Siege.lay({ attack: 'slowFrame', rate: 1, count: 300 });
  const { median, most } = await siege.attack(({ stood = 0 }) => stood >= 300);
  expect(most - median).toBeLessThan(2 * growthMibMax);
  await siege.isUnharmed();
});

test('peers that ask for everything and read nothing cost what is allowed', async () => {
  await using siege = await Siege.lay({ attack: 'neverReads', rate: 1, count: 60 });
  const before = siege.residentMib();
  let [written, restingLooks] = [0, 0];
  const { most } = await siege.attack(async ({ stood = 0 }) => {
    const now = await siege.bytesOut();
    restingLooks = stood >= 60 && now - written < 64 * 1024 ? restingLooks + 1 : 0;
    written = now;
    return restingLooks >= 20;
  });
  // A MiB of output each and what compiled code takes; all that they asked for is 800 MiB.
  expect(most - before).toBeLessThan(350);
  await siege.isUnharmed();
});

test('more calls than may be in flight, cancelled, dropped and opened anew', async () => {
  await using siege = await Siege.lay({ attack: 'callFlood', rate: 1, count: 2 });
  const before = siege.residentMib();
  const { most } = await siege.attack(({ rounds = 0 }) => rounds >= 8);
  expect(most - before).toBeLessThan(350);
  await siege.isUnharmed();
});
