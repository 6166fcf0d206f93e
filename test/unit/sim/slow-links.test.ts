/** Links that are slow or narrow: what each rule does to packets, and that it draws by key. */

import { describe, expect, test } from 'vitest';
import { fixed, type Rule, World } from '../../../sim/index.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { accept, dial, LATENCY_US, pair, steadyWorld } from './support.ts';

const any = { from: 'any', to: 'any' } as const;

/** How much later than without the rules each of 4,000 datagrams arrives, a millisecond apart. */
function lateness(rules: readonly Rule[], { seed = 'steady', count = 4_000 } = {}) {
  const world = new World({ seed, topology: fixed(LATENCY_US) });
  const [a, b] = [world.addHost('a'), world.addHost('b')];
  const late = new Map<number, number>();
  b.datagrams.receive((_from, bytes) => {
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    late.set(number, world.now - number * MS - LATENCY_US);
  });
  for (const rule of rules) world.rules.add(rule);
  for (let number = 0; number < count; number++) {
    const bytes = new Uint8Array(100);
    new DataView(bytes.buffer).setUint32(0, number);
    world.at(number * MS, () => a.datagrams.send(b.datagrams.address, bytes));
  }
  world.run(count * MS + 20 * SECOND);
  return late;
}

describe('a delay', () => {
  test('may be of a share of the packets, which then come out of order', () => {
    const late = lateness([{ type: 'delay', minUs: MS, maxUs: 50 * MS, ratio: 0.1, ...any }]);
    const delayed = [...late.values()].filter((us) => us > 0);
    expect(delayed.length).toBeGreaterThan(320);
    expect(delayed.length).toBeLessThan(480);
    expect(Math.min(...delayed)).toBeGreaterThanOrEqual(MS);
    expect(Math.max(...delayed)).toBeLessThanOrEqual(50 * MS);
    const order = [...late.keys()];
    expect(order).not.toEqual(order.toSorted((x, y) => x - y));
    expect(order).toHaveLength(4_000);
  });

  test('may be exponential or heavy-tailed, never beyond its range', () => {
    const range = { minUs: 10 * MS, maxUs: 810 * MS };
    const sorted = (shape: 'exponential' | 'heavy') =>
      [...lateness([{ type: 'delay', ...range, shape, ...any }]).values()].toSorted(
        (x, y) => x - y,
      );
    const exponential = sorted('exponential');
    const mean = exponential.reduce((sum, us) => sum + us, 0) / exponential.length / MS;
    // An eighth of 800 ms on average, above 10 ms.
    expect(mean).toBeGreaterThan(104);
    expect(mean).toBeLessThan(116);
    const heavy = sorted('heavy');
    expect(heavy[2_000]! / MS).toBeGreaterThan(17);
    expect(heavy[2_000]! / MS).toBeLessThan(19);
    expect(heavy[3_600]! / MS).toBeGreaterThan(68);
    expect(heavy[3_600]! / MS).toBeLessThan(98);
    for (const times of [exponential, heavy]) {
      expect(times[0]).toBeGreaterThanOrEqual(range.minUs);
      expect(times.at(-1)).toBeLessThanOrEqual(range.maxUs);
    }
  });

  test('delays the same packets as much, whatever else is wrong with them', () => {
    const tail: Rule = { type: 'delay', minUs: 1, maxUs: SECOND, ratio: 0.05, ...any };
    const alone = lateness([tail]);
    const loss: Rule = { type: 'loss', ratio: 0.3, ...any };
    const both = lateness([loss, tail]);
    expect(both.size).toBeLessThan(3_000);
    for (const [number, us] of both) expect(alone.get(number)).toBe(us);
    expect(lateness([tail])).toEqual(alone);
    expect(lateness([tail], { seed: 'other' })).not.toEqual(alone);
  });
});

describe('a bandwidth', () => {
  // A hundred bytes a millisecond are sent.
  const narrow = (bytesPerSecond: number, queueBytes = 10_000): Rule => {
    return { type: 'bandwidth', bytesPerSecond, queueBytes, ...any };
  };

  test('that suffices delays each packet by its own length', () => {
    expect(new Set(lateness([narrow(200_000)]).values())).toEqual(new Set([500]));
  });

  test('that does not fills its queue, and what finds it full is lost', () => {
    const late = lateness([narrow(50_000)]);
    expect(Math.max(...late.values())).toBe((10_000 / 50_000) * SECOND);
    expect(late.size).toBeGreaterThan(2_000);
    expect(late.size).toBeLessThan(2_200);
  });

  test('is that of each sender', () => {
    const world = steadyWorld();
    const hosts = ['a', 'b', 'c'].map((name) => world.addHost(name));
    const [a, b, c] = hosts;
    const heard: number[] = [];
    c!.datagrams.receive(() => heard.push(world.now));
    world.rules.add(narrow(100_000));
    for (const host of [a!, a!, b!]) host.datagrams.send(c!.datagrams.address, new Uint8Array(100));
    world.runFor(SECOND);
    expect(heard).toEqual([LATENCY_US + MS, LATENCY_US + MS, LATENCY_US + 2 * MS]);
  });

  test('is shared by connections and datagrams, and nothing of a stream is lost', () => {
    const world = steadyWorld();
    const { alice, bob, a, b } = pair(world);
    world.rules.add(narrow(100_000));
    let datagramAt = 0;
    bob.datagrams.receive(() => {
      datagramAt = world.now;
    });
    const from = world.now;
    a.connection?.write(new Uint8Array(5_000));
    alice.datagrams.send(bob.datagrams.address, new Uint8Array(100));
    world.runFor(SECOND);
    expect(datagramAt - from).toBe(LATENCY_US + 51 * MS);
    for (let turn = 0; turn < 20; turn++) {
      world.after(turn * 100 * MS, () => a.connection?.write(new Uint8Array(20_000)));
    }
    world.runFor(2 * SECOND);
    // What was written in 2 s takes 4 s.
    expect(b.bytes).toBeLessThan(405_000);
    world.runFor(20 * SECOND);
    expect(b.bytes).toBe(405_000);
    expect(b.reason).toBeUndefined();
  });

  test('is a positive number, and so is its queue', () => {
    const world = steadyWorld();
    expect(() => world.rules.add(narrow(0))).toThrow();
    expect(() => world.rules.add(narrow(1, 0))).toThrow();
  });
});

test('a connection is dialled through a narrow, slow, lossy link all the same', () => {
  const world = steadyWorld();
  const [a, b] = [world.addHost('a'), world.addHost('b')];
  accept(world, b);
  world.rules.add({ type: 'loss', ratio: 0.3, ...any });
  world.rules.add({ type: 'delay', minUs: MS, maxUs: 300 * MS, shape: 'heavy', ...any });
  world.rules.add({ type: 'bandwidth', bytesPerSecond: 10_000, queueBytes: 1_000, ...any });
  const end = dial(world, a, b);
  world.runFor(10 * SECOND);
  expect(end.openedAt).toBeDefined();
});
