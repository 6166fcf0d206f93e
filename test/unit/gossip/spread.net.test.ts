/** The tree among some hundred servers: what news costs, how soon it comes, what breaks it, and mends it. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { NewsKey } from '../../../src/gossip/event.ts';
import { lan } from '../../../src/gossip/profile.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS } from '../../../src/time.ts';
import { type Server, SpreadNet } from './net.ts';
import { Rings } from './rings.ts';

const { announceFirstMs, announceMs, graftMs } = lan.spread;

interface Outcome {
  readonly key: NewsKey;
  /** Records pushed for each server. */
  readonly cost: number;
  readonly hops: number;
  /** From the first to the last that knows. */
  readonly ms: number;
}

describe('among 400 servers with 10 neighbours each', () => {
  const count = 400;
  let net: SpreadNet;
  let rings: Rings;
  let events = 0;

  const begin = (seed: string, waves = true) => {
    net = new SpreadNet({ seed, count, waves });
    rings = new Rings(net, 5);
  };
  const someone = (many: number) => net.shuffled(net.up).slice(0, many);
  /** An event found out by all of these at once, and then 2 s of quiet. Comes to all. */
  const tell = (origins: readonly Server[]): Outcome => {
    const before = net.sent.records;
    const key = net.event(events++, ...origins);
    net.run(2_000);
    expect(net.ignorant(key)).toEqual([]);
    return { key, cost: net.cost(before), ...net.reach(key) };
  };
  const print = (what: string, { cost, hops, ms }: Outcome) =>
    console.log(`${what}: ${cost.toFixed(3)} pushes a server, ${hops} hops, ${ms.toFixed(1)} ms`);

  beforeEach(() => {
    events = 0;
    begin('some seed');
    tell(someone(1));
  });

  test('one event makes a tree, and ten from different servers cost one push a server', () => {
    expect(net.tree()).toEqual({ edges: count - 1, pieces: 1 });
    for (let turn = 0; turn < 10; turn++) {
      const outcome = tell(someone(1));
      print('one source', outcome);
      expect(outcome.cost).toBeLessThanOrEqual(1.1);
      expect(outcome.ms).toBeLessThan(250);
    }
    expect(net.tree()).toEqual({ edges: count - 1, pieces: 1 });
  });

  test('an event that ten find out at once costs hardly more, and leaves the tree whole', () => {
    for (let turn = 0; turn < 10; turn++) {
      const outcome = tell(someone(10));
      print('ten sources', outcome);
      expect(outcome.cost).toBeLessThanOrEqual(1.1);
      expect(outcome.ms).toBeLessThan(250);
      expect(net.tree()).toEqual({ edges: count - 1, pieces: 1 });
    }
  });

  test('without waves it would leave the tree in ten pieces', () => {
    begin('some seed', false);
    tell(someone(1));
    tell(someone(10));
    expect(net.tree().pieces).toBe(10);
    expect(tell(someone(1)).ms).toBeGreaterThan(announceFirstMs + graftMs);
  });

  test('ten events at once cost one push each a server', () => {
    const before = net.sent.records;
    const keys = someone(10).map((server) => net.event(events++, server));
    net.run(2_000);
    for (const key of keys) expect(net.reach(key).ms).toBeLessThan(250);
    expect(net.cost(before)).toBeLessThan(10 * 1.1);
  });

  test('each key is announced at one end of a lazy edge, hardly ever at both', () => {
    const before = net.sent.announce;
    tell(someone(1));
    const lazy = net.up.reduce((sum, { links }) => sum + links.size, 0) / 2 - (count - 1);
    expect(net.sent.announce - before).toBeLessThan(1.1 * lazy);
  });

  test('after 30 % vanish without a word, news still comes to all, and soon over a tree', () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      begin(seed);
      tell(someone(1));
      for (const server of someone(count * 0.3)) net.kill(server);
      const first = tell(someone(1));
      print('30 % gone', first);
      expect(first.ms).toBeLessThan(announceMs + 4 * graftMs);
      tell(someone(1));
      const later = tell(someone(1));
      print('and later', later);
      expect(later.cost).toBeLessThanOrEqual(1.2);
      expect(later.ms).toBeLessThan(250);
    }
  });

  test('what an edge swallows before it breaks comes another way', () => {
    const [from] = someone(1) as [Server];
    const eager = [...from.links.keys()].filter(({ id }) => from.spread.isEager(id));
    net.loses = (a) => a === from;
    net.after(announceFirstMs / 2, () => {
      net.loses = () => false;
      for (const peer of eager) net.unlink(from, peer);
    });
    expect(tell([from]).ms).toBeLessThan(announceMs + 4 * graftMs);
    expect(tell(someone(1)).ms).toBeLessThan(announceMs + 4 * graftMs);
    expect(tell(someone(1)).cost).toBeLessThan(1.1);
  });

  test('while 25 servers a second come and go, news comes to all, and 99 % of it in 250 ms', () => {
    const told = new Map<ServerId, { readonly key: NewsKey; readonly to: readonly Server[] }>();
    const find = (number: number, to: readonly Server[], server: Server) => {
      if (!server.isUp) return;
      const key = net.event(number, server);
      told.set(key.subject, { key, to });
    };
    const happen = () => {
      const number = events++;
      const to = net.up;
      const joins = net.random.below(2) === 0;
      const peers = joins ? rings.join() : rings.kill(net.pick());
      net.after(5, () => rings.rewire());
      for (const [at, peer] of peers.entries()) {
        // All hear of a newcomer from itself; of a departure, those who are in time find out.
        const soon = joins || at <= number % 3;
        net.after((soon ? 0 : 150) + net.random.float() * 3, () => find(number, to, peer));
      }
    };
    const seconds = 10;
    const before = { ...net.sent };
    for (let ms = 0; ms < seconds * 1_000; ms += net.random.float() * 80) net.after(ms, happen);
    net.run(seconds * 1_000 + 2_000);

    let late = 0;
    let all = 0;
    for (const { key, to } of told.values()) {
      const there = to.filter(({ isUp }) => isUp);
      const times = there.map((server) => server.arrivals.get(key.subject)?.at);
      expect(times).not.toContain(undefined);
      const first = Math.min(...(times as number[]));
      all += times.length;
      late += times.filter((at) => (at as number) > first + 250 * MS).length;
    }
    const cost = (net.sent.records - before.records) / told.size / count;
    const keys = (net.sent.announce - before.announce) / seconds / count;
    console.log(
      `churn: ${told.size} events, ${cost.toFixed(3)} pushes a server and event, ` +
        `${((100 * late) / all).toFixed(2)} % later than 250 ms, ` +
        `${keys.toFixed(1)} announcements a server and second`,
    );
    expect(told.size).toBeGreaterThan(200);
    expect(late / all).toBeLessThan(0.01);
    expect(cost).toBeLessThan(1.3);

    tell(someone(1));
    expect(tell(someone(1)).cost).toBeLessThan(1.2);
  });
});
