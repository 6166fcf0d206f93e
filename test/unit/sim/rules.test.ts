import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fixed,
  isolate,
  lan,
  partition,
  type Rule,
  regions,
  type SimHost,
  type Topology,
  World,
} from '../../../sim/index.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { LATENCY_US, steadyWorld } from './support.ts';

/** What every host heard, and when. */
function cluster(world: World, names: readonly string[]) {
  const heard: { at: number; to: string; from: string; byte: number }[] = [];
  const hosts = new Map<string, SimHost>();
  const nameOf = new Map<string, string>();
  for (const name of names) {
    const host = world.addHost(name);
    hosts.set(name, host);
    nameOf.set(host.datagrams.address, name);
    host.datagrams.receive((from, bytes) => {
      const byte = bytes[0] as number;
      heard.push({ at: world.now, to: name, from: nameOf.get(from) as string, byte });
    });
  }
  const send = (from: string, to: string, byte = 0) => {
    const target = hosts.get(to) as SimHost;
    hosts.get(from)?.datagrams.send(target.datagrams.address, Uint8Array.of(byte));
  };
  const sendAll = () => {
    for (const from of names) for (const to of names) if (from !== to) send(from, to);
  };
  const pairs = () => heard.map(({ from, to }) => `${from}>${to}`).toSorted();
  return { heard, send, sendAll, pairs };
}

describe('rules', () => {
  test('a cut holds in its direction only, unless both ways', () => {
    const world = steadyWorld();
    const { sendAll, pairs, heard } = cluster(world, ['a', 'b', 'c']);
    const oneWay: Rule = { type: 'cut', from: ['a'], to: ['b'] };
    world.rules.add(oneWay);
    sendAll();
    world.runFor(SECOND);
    expect(pairs()).toEqual(['a>c', 'b>a', 'b>c', 'c>a', 'c>b']);
    heard.length = 0;
    world.rules.remove(oneWay);
    world.rules.add(partition(['a'], ['b', 'c']));
    sendAll();
    world.runFor(SECOND);
    expect(pairs()).toEqual(['b>c', 'c>b']);
    heard.length = 0;
    world.rules.clear();
    world.rules.add(isolate(['c']));
    sendAll();
    world.runFor(SECOND);
    expect(pairs()).toEqual(['a>b', 'b>a']);
  });

  test('a cut takes what is under way when it would arrive, and no more once it is removed', () => {
    const world = steadyWorld();
    const { send, heard } = cluster(world, ['a', 'b']);
    const rule = partition(['a'], ['b']);
    world.at(0, () => send('a', 'b', 1));
    world.at(100, () => send('a', 'b', 2));
    world.at(150, () => send('a', 'b', 3));
    world.at(LATENCY_US + 50, () => world.rules.add(rule));
    world.at(LATENCY_US + 120, () => world.rules.remove(rule));
    world.runFor(SECOND);
    expect(heard.map(({ byte }) => byte)).toEqual([1, 3]);
  });

  test('a rule by name also holds for hosts that are added later', () => {
    const world = steadyWorld();
    world.rules.add({ type: 'cut', from: ['a'], to: ['b'] });
    const { sendAll, pairs } = cluster(world, ['a', 'b']);
    sendAll();
    world.runFor(SECOND);
    expect(pairs()).toEqual(['b>a']);
  });

  test('loss loses about its share, duplicate doubles about its share', () => {
    const world = steadyWorld();
    const { send, heard } = cluster(world, ['a', 'b']);
    const loss: Rule = { type: 'loss', ratio: 0.3, from: 'any', to: 'any' };
    world.rules.add(loss);
    const burst = () => {
      heard.length = 0;
      for (let i = 0; i < 5_000; i++) world.after(i * 10, () => send('a', 'b'));
      world.runFor(SECOND);
      return heard.length / 5_000;
    };
    expect(Math.abs(burst() - 0.7)).toBeLessThan(0.03);
    world.rules.remove(loss);
    world.rules.add({ type: 'duplicate', ratio: 0.2, from: 'any', to: 'any' });
    expect(Math.abs(burst() - 1.2)).toBeLessThan(0.03);
  });

  test('delay adds to the latency and reorders', () => {
    const world = steadyWorld();
    const { send, heard } = cluster(world, ['a', 'b']);
    world.rules.add({ type: 'delay', minUs: MS, maxUs: 20 * MS, from: ['a'], to: ['b'] });
    for (let i = 0; i < 50; i++) world.at(i * MS, () => send('a', 'b', i));
    world.runFor(SECOND);
    for (const { at, byte } of heard) {
      expect(at).toBeGreaterThanOrEqual(byte * MS + MS + LATENCY_US);
      expect(at).toBeLessThanOrEqual(byte * MS + 20 * MS + LATENCY_US);
    }
    const order = heard.map(({ byte }) => byte);
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
    expect(order.length).toBe(50);
  });

  test('a clog holds packets and lets them go when it is removed', () => {
    const world = steadyWorld();
    const { send, heard } = cluster(world, ['a', 'b']);
    const clog: Rule = { type: 'clog', from: ['a'], to: ['b'] };
    const second: Rule = { ...clog };
    world.rules.add(clog);
    world.rules.add(second);
    for (let i = 0; i < 3; i++) send('a', 'b', i);
    world.at(SECOND, () => world.rules.remove(clog));
    world.at(2 * SECOND, () => world.rules.remove(second));
    world.run(2 * SECOND + LATENCY_US - 1);
    expect(heard).toEqual([]);
    world.run(2 * SECOND + LATENCY_US);
    expect(heard.map(({ byte }) => byte)).toEqual([0, 1, 2]);
  });

  test('a host always reaches itself', () => {
    const world = steadyWorld();
    const { send, heard } = cluster(world, ['a']);
    world.rules.add(isolate(['a']));
    world.rules.add({ type: 'loss', ratio: 1, from: 'any', to: 'any' });
    send('a', 'a');
    world.runFor(SECOND);
    expect(heard.length).toBe(1);
  });

  test('removing a rule or a link leaves every other draw as it was', () => {
    const names = ['a', 'b', 'c', 'd'];
    const link = fc.constantFrom(
      ...names.flatMap((from) => names.map((to) => [from, to] as const)),
    );
    const packets = fc.array(fc.record({ at: fc.nat(10 * MS), link }), { maxLength: 100 });
    fc.assert(
      fc.property(fc.string(), packets, link, (seed, sent, [from, to]) => {
        const run = (options: { skipLink: boolean; extraRule: boolean }) => {
          const world = new World({ seed });
          const { send, heard } = cluster(world, names);
          if (options.extraRule) {
            world.rules.add({ type: 'loss', ratio: 1, from: [from], to: [to] });
          }
          world.rules.add({ type: 'loss', ratio: 0.3, from: 'any', to: 'any' });
          world.rules.add({ type: 'delay', minUs: 0, maxUs: MS, from: 'any', to: 'any' });
          for (const packet of sent) {
            if (options.skipLink && packet.link[0] === from && packet.link[1] === to) continue;
            world.at(packet.at, () => send(...packet.link));
          }
          world.run(SECOND);
          return heard
            .filter((one) => from === to || one.from !== from || one.to !== to)
            .map((one) => `${one.at} ${one.from} ${one.to}`)
            .toSorted();
        };
        const plain = run({ skipLink: false, extraRule: false });
        expect(run({ skipLink: false, extraRule: true })).toEqual(plain);
        if (from !== to) expect(run({ skipLink: true, extraRule: false })).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  test('a ratio outside 0 to 1 and a delay that is no range are bugs', () => {
    const world = steadyWorld();
    const any = { from: 'any', to: 'any' } as const;
    expect(() => world.rules.add({ type: 'loss', ratio: 1.1, ...any })).toThrow();
    expect(() => world.rules.add({ type: 'delay', minUs: 2, maxUs: 1, ...any })).toThrow();
    expect(() => world.rules.add({ type: 'delay', minUs: 0.5, maxUs: 1, ...any })).toThrow();
  });
});

describe('topology', () => {
  const place = (index: number) => ({ index, name: `host${index}` });
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test('latencies are whole microseconds within their range', () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.nat(5_000));
    fc.assert(
      fc.property(range, unit, unit, ([minUs, spreadUs], link, packet) => {
        const topology = lan({ minUs, maxUs: minUs + spreadUs });
        const latency = topology.latencyUs(place(0), place(1), link, packet);
        expect(Number.isInteger(latency)).toBe(true);
        expect(latency).toBeGreaterThanOrEqual(minUs);
        expect(latency).toBeLessThanOrEqual(minUs + spreadUs);
      }),
    );
  });

  test('regions take their latency from the matrix, by direction', () => {
    const latencyUs = [
      [100, 40_000],
      [60_000, 200],
    ];
    const topology = regions({ regionOf: (name) => Number(name.at(-1)) % 2, latencyUs });
    const between = (from: number, to: number) =>
      topology.latencyUs(place(from), place(to), 0.5, 0.5);
    expect([between(0, 2), between(0, 1), between(1, 0), between(1, 3)]).toEqual([
      105, 42_000, 63_000, 210,
    ]);
    const bad = regions({ regionOf: () => 7, latencyUs });
    expect(() => bad.latencyUs(place(0), place(1), 0, 0)).toThrow('in no region');
  });

  test('a packet arrives when the topology says, and not before', () => {
    const topologies: Topology[] = [lan(), fixed(1)];
    for (const topology of topologies) {
      const world = new World({ seed: 'when', topology });
      const { sendAll, heard } = cluster(world, ['a', 'b', 'c', 'd']);
      sendAll();
      world.runFor(SECOND);
      expect(heard.length).toBe(12);
      for (const { at } of heard) expect(at).toBeLessThanOrEqual(MS);
    }
  });
});
