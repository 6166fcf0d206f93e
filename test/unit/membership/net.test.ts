import { describe, expect, test } from 'vitest';
import { decodeEdge } from '../../../src/membership/message.ts';
import { MS } from '../../../src/time.ts';
import {
  circuit,
  departures,
  grow,
  server,
  sum,
  timesLeft,
  wronged,
} from '../../support/membership-circuit.ts';
import { MembershipNet, type Server } from '../../support/membership-net.ts';

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
    expect(wronged(net)).toEqual([]);
  });

  test('200 servers that join through one see each other within 1 s; few views are written', () => {
    const net = new MembershipNet({ seed: 'storm' });
    const views = new Set<Uint8Array>();
    net.onSend = (_, bytes) => {
      if (decodeEdge(bytes)?.type === 'view') views.add(bytes);
    };
    const first = net.start();
    for (let i = 1; i < 200; i++) net.start(first);
    expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(1_000);
    expect(views.size).toBeLessThanOrEqual(10);
    net.onSend = () => {};
    net.runMs(10_000);
    expect(net.isAgreed()).toBe(true);
    expect(wronged(net)).toEqual([]);
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
    expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(2_000);
    expect(wronged(net)).toEqual([]);
  });

  test.each([2, 3, 5, 11, 12, 13, 30])(
    'of %i servers one that crashes is known by all within 150 ms, and leaves once',
    (count) => {
      for (const seed of ['a', 'b', 'c']) {
        const net = circuit(count, { seed });
        const victim = server(net, count - 1);
        net.crash(victim);
        expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(150);
        net.runMs(20_000);
        expect(timesLeft(net, victim.id)).toEqual([1]);
        expect(wronged(net)).toEqual([]);
      }
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
    net.runMs(60_000);
    expect(timesLeft(net, old.id).at(-1)).toBe(1);
    expect(wronged(net)).toEqual([]);
  });

  test.each([2, 3, 5, 11, 12, 13, 30])(
    'of %i servers one that falls silent is known to have gone after 2.5 s at least, 5 s at most',
    (count) => {
      for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const net = circuit(count, { seed });
        const victim = server(net, count - 1);
        net.silence(victim);
        const cutAt = net.now;
        net.until(() => net.isAgreed(), 5_000);
        for (const one of net.live) {
          const left = departures(one, {});
          expect(left.map(({ member }) => member.id)).toEqual([victim.id]);
          expect((left[0]?.at as number) - cutAt).toBeGreaterThanOrEqual(2_500 * MS);
        }
      }
    },
  );

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
    expect(timesLeft(net, leaver.id)).toEqual([1]);
    for (const { membership } of net.live) expect(membership.counters.refused).toBe(0);
  });

  test.each([
    [0.05, 0.05],
    [0.2, 0.2],
    [0.4, 0],
  ])(
    'nobody is wronged in 10 minutes in which %f of the datagrams, and %f on edges, is lost',
    (lossRatio, edgeLossRatio) => {
      const net = circuit(30, { seed: `loss ${lossRatio}` });
      net.lossOf = () => lossRatio;
      net.edgeLossOf = () => edgeLossRatio;
      net.runMs(600_000);
      expect(wronged(net)).toEqual([]);
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
    expect(wronged(net)).toEqual([]);
  });

  test.each([3, 12, 30, 100])(
    'of %i servers at rest each sends a probe a second, and 60 bytes at most',
    (count) => {
      const net = circuit(count);
      const before = [net.datagrams, net.datagramBytes, net.edgeMessages, sum(net, 'probes')];
      net.runMs(60_000);
      const after = [net.datagrams, net.datagramBytes, net.edgeMessages, sum(net, 'probes')];
      const rates = after.map((value, i) => (value - (before[i] as number)) / (60 * count));
      const [datagrams, bytes, edgeMessages, probes] = rates as [number, number, number, number];
      expect(probes).toBeGreaterThan(0.9);
      expect(probes).toBeLessThan(1.1);
      expect(datagrams).toBeCloseTo(2 * probes, 2);
      expect(bytes).toBeLessThanOrEqual(60);
      expect(edgeMessages).toBe(0);
    },
  );

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
    expect(sum(net, 'viewsSent') - views).toBe(0);
  });

  test('the same seed gives the same history, another seed another', () => {
    const history = (seed: string) => {
      const net = circuit(15, { seed });
      net.lossOf = () => 0.1;
      net.edgeLossOf = () => 0.1;
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
