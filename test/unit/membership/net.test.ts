import { describe, expect, test } from 'vitest';
import type { ServerId } from '../../../src/id.ts';
import { MS } from '../../../src/time.ts';
import { MembershipNet, type NetOptions, type Server } from '../../support/membership-net.ts';

/** A circuit of `count` servers that joined through the first, and has come to rest. */
function circuit(count: number, options: Partial<NetOptions> = {}): MembershipNet {
  const net = new MembershipNet({ seed: 'circuit', ...options });
  grow(net, count);
  return net;
}

function grow(net: MembershipNet, count: number): Server[] {
  const first = net.start();
  const all = [first];
  while (all.length < count) all.push(net.start(first));
  const isJoined = () => all.every(({ membership }) => membership.size === count);
  net.until(isJoined, 5_000);
  net.runMs(10_000);
  return all;
}

const server = (net: MembershipNet, number: number) => net.servers[number] as Server;

/** How often live servers were told that `id` left. */
const timesLeft = (net: MembershipNet, id: ServerId) =>
  net.live.map(({ told }) => told.filter((t) => t.type === 'left' && t.member.id === id).length);

/** Whether anybody was told that a server left which is live. */
const isAnyoneWronged = (net: MembershipNet) =>
  net.live.some(({ id }) => timesLeft(net, id).some((times) => times > 0));

const sum = (net: MembershipNet, counter: 'silent' | 'refuted' | 'viewsSent' | 'newsSent') =>
  net.live.reduce((total, { membership }) => total + membership.counters[counter], 0);

describe('a circuit of membership cores', () => {
  test('30 servers that join through one see each other within 200 ms', () => {
    const net = new MembershipNet({ seed: 'join' });
    const first = net.start();
    for (let i = 1; i < 30; i++) net.start(first);
    expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(200);
    for (const { seeds } of net.servers.slice(1)) {
      expect(seeds).toEqual([{ type: 'seedJoined', address: first.address }]);
    }
    net.runMs(60_000);
    expect(net.isAgreed()).toBe(true);
    expect(isAnyoneWronged(net)).toBe(false);
  });

  test('edges stand between neighbours, and after a while between nobody else', () => {
    const net = circuit(30);
    for (const { membership, sessions } of net.servers) {
      const peers = [...sessions.keys()].map(({ id }) => id).sort();
      expect(peers).toEqual(membership.neighbours());
      expect(peers.length).toBeLessThanOrEqual(10);
    }
  });

  test('servers joined through different members are one circuit', () => {
    const net = new MembershipNet({ seed: 'chain' });
    let last = net.start();
    for (let i = 1; i < 20; i++) {
      last = net.start(last);
      net.runMs(50);
    }
    net.until(() => net.isAgreed(), 2_000);
  });

  test('two circuits become one when a member of one joins a member of the other', () => {
    const net = new MembershipNet({ seed: 'two' });
    const [here, there] = [grow(net, 15), grow(net, 12)];
    expect(net.isAgreed()).toBe(false);
    net.step(here[3] as Server, { type: 'join', address: (there[5] as Server).address });
    expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(200);
    expect(isAnyoneWronged(net)).toBe(false);
  });

  test.each([2, 3, 11, 12, 30])(
    'of %i servers one that crashes is known by all within 100 ms, and leaves once',
    (count) => {
      const net = circuit(count);
      const victim = server(net, count - 1);
      net.crash(victim);
      expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(100);
      net.runMs(20_000);
      expect(new Set(timesLeft(net, victim.id))).toEqual(new Set([1]));
      expect(isAnyoneWronged(net)).toBe(false);
    },
  );

  test('a server restarted at the same address under another id is a new one', () => {
    const net = circuit(20);
    const old = server(net, 7);
    net.crash(old);
    const restarted = net.start(server(net, 0), old.address);
    expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(2_000);
    expect(server(net, 3).membership.lookup(old.id)).toBe('departed');
    expect(server(net, 3).membership.has(restarted.id)).toBe(true);
  });

  test.each([2, 5, 12, 30])(
    'of %i servers one that is cut off silently is known after 3 s at least, 12 s at most',
    (count) => {
      for (const seed of ['a', 'b', 'c', 'd', 'e']) {
        const net = circuit(count, { seed });
        const victim = server(net, count - 1);
        net.silence(victim);
        const cutAt = net.now;
        net.until(() => net.isAgreed(), 12_000);
        for (const { told } of net.live) {
          const left = told.filter(({ type }) => type === 'left');
          expect(left.map(({ member }) => member.id)).toEqual([victim.id]);
          expect((left[0]?.at as number) - cutAt).toBeGreaterThanOrEqual(3_000 * MS);
        }
      }
    },
  );

  test('half of the servers crash at once, or fall silent at once: the rest agree', () => {
    for (const fall of ['crash', 'silence'] as const) {
      const net = circuit(40);
      for (const victim of net.servers.slice(20)) net[fall](victim);
      expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(20_000);
      expect(isAnyoneWronged(net)).toBe(false);
    }
  });

  test('a server that leaves is known to have left before it stops, and is not accused', () => {
    const net = circuit(30);
    const leaver = server(net, 12);
    net.step(leaver, { type: 'leave' });
    net.runMs(199);
    expect(leaver.state).toBe('up');
    for (const other of net.servers) expect(other.membership.has(leaver.id)).toBe(false);
    net.runMs(2);
    expect(leaver.state).toBe('departed');
    net.runMs(20_000);
    expect(net.isAgreed()).toBe(true);
    expect(new Set(timesLeft(net, leaver.id))).toEqual(new Set([1]));
    for (const { membership } of net.live) expect(membership.counters.refused).toBe(0);
  });

  test.each([0.05, 0.2, 0.4])(
    'nobody is wronged in 10 minutes in which a share of %f of the datagrams is lost',
    (lossRatio) => {
      const net = circuit(30, { seed: `loss ${lossRatio}` });
      net.lossRatio = lossRatio;
      net.runMs(600_000);
      expect(isAnyoneWronged(net)).toBe(false);
      expect(net.isAgreed()).toBe(true);
    },
  );

  test('an edge that breaks under two live servers is restored, and nobody leaves', () => {
    const net = circuit(30);
    const one = server(net, 4);
    const [other] = [...one.sessions.keys()] as [Server];
    net.breakEdge(one, other);
    net.runMs(1_000);
    expect(one.sessions.has(other)).toBe(true);
    net.runMs(20_000);
    expect(isAnyoneWronged(net)).toBe(false);
  });

  test('servers that stand still for 3 s keep their places, and blame nobody afterwards', () => {
    const net = circuit(30);
    for (let round = 0; round < 10; round++) {
      for (const offset of [0, 11, 19]) net.stall(server(net, (round + offset) % 30), 3_000);
      net.runMs(20_000);
    }
    expect(isAnyoneWronged(net)).toBe(false);
    expect(net.isAgreed()).toBe(true);
  });

  test('one that stands still for 12 s is declared gone, comes back by itself, and wrongs nobody', () => {
    const net = circuit(30);
    const sleeper = server(net, 9);
    net.stall(sleeper, 12_000);
    net.until(() => !server(net, 0).membership.has(sleeper.id), 11_900);
    net.runMs(15_000);
    expect(net.isAgreed()).toBe(true);
    expect(sleeper.membership.self.incarnation).toBeGreaterThanOrEqual(1);
    for (const { id } of net.live) {
      if (id !== sleeper.id) expect(new Set(timesLeft(net, id))).toEqual(new Set([0]));
    }
  });

  test('one that hears nothing for 20 s, or is cut off for as long, wrongs nobody', () => {
    for (const isDeafOnly of [true, false]) {
      const net = circuit(30);
      const alone = server(net, 9);
      net.isCut = (from, to) => to === alone || (from === alone && !isDeafOnly);
      net.runMs(20_000);
      net.isCut = () => false;
      net.until(() => net.isAgreed(), 15_000);
      for (const { id } of net.live) {
        if (id !== alone.id) expect(new Set(timesLeft(net, id))).toEqual(new Set([0]));
      }
    }
  });

  test('a circuit at rest sends two datagrams a second per server, and at most 60 bytes', () => {
    for (const count of [4, 30]) {
      const net = circuit(count);
      const before = [net.datagrams, net.datagramBytes, net.edgeMessages] as const;
      net.runMs(60_000);
      const perServer = 60 * count;
      expect((net.datagrams - before[0]) / perServer).toBeCloseTo(2, 1);
      expect((net.datagramBytes - before[1]) / perServer).toBeLessThanOrEqual(60);
      expect(net.edgeMessages).toBe(before[2]);
    }
  });

  test('news that is lost on its way is made up for by comparing digests', () => {
    const net = circuit(30);
    const deaf = server(net, 5);
    net.losesOnEdge = (_, to) => to === deaf;
    const newcomer = net.start(server(net, 0));
    net.runMs(100);
    net.losesOnEdge = () => false;
    expect(deaf.membership.has(newcomer.id)).toBe(false);
    expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(5_000);
    const views = sum(net, 'viewsSent');
    net.runMs(20_000);
    expect(sum(net, 'viewsSent') - views).toBeLessThanOrEqual(4);
  });

  test('two halves that were apart become one again by a join, under new incarnations', () => {
    const net = circuit(24);
    const half = new Set(net.servers.slice(0, 12));
    net.isCut = (from, to) => half.has(from) !== half.has(to);
    net.until(() => net.servers.every(({ membership }) => membership.size === 12), 120_000);
    net.isCut = () => false;
    net.step(server(net, 0), { type: 'join', address: server(net, 20).address });
    expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(5_000);
    net.runMs(20_000);
    expect(net.isAgreed()).toBe(true);
  });

  test('the same seed gives the same history, another seed another', () => {
    const history = (seed: string) => {
      const net = circuit(15, { seed });
      net.lossRatio = 0.1;
      net.crash(server(net, 3));
      net.silence(server(net, 4));
      net.runMs(20_000);
      const { datagrams, datagramBytes, edgeBytes } = net;
      return { told: net.live.map(({ told }) => told), datagrams, datagramBytes, edgeBytes };
    };
    expect(history('one')).toEqual(history('one'));
    expect(history('one')).not.toEqual(history('two'));
  });
});
