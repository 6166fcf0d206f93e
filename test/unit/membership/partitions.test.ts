import { describe, expect, test } from 'vitest';
import { MS, SECOND } from '../../../src/time.ts';
import {
  circuit,
  departures,
  server,
  timesLeft,
  wronged,
} from '../../support/membership-circuit.ts';
import type { MembershipNet, Server } from '../../support/membership-net.ts';

/** Cuts these off from the others, both ways, until the net is `whole` again. */
function apart(net: MembershipNet, some: Iterable<Server>): void {
  const side = new Set(some);
  net.isCut = (from, to) => side.has(from) !== side.has(to);
}

function whole(net: MembershipNet): void {
  net.isCut = () => false;
}

const seeds = ['a', 'b', 'c', 'd', 'e'];

describe('a circuit whose servers do not all reach each other', () => {
  test('of which the halves were apart for a minute is one again within 15 s, and nobody is wronged within a side', () => {
    for (const seed of seeds) {
      const net = circuit(20, { seed });
      const sides = [net.servers.slice(0, 10), net.servers.slice(10)];
      apart(net, sides[0] as Server[]);
      net.runMs(60_000);
      for (const side of sides) {
        for (const { membership } of side) expect(membership.size).toBe(10);
      }
      whole(net);
      expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(15_000);
      for (const { membership } of net.servers) {
        expect(membership.self.incarnation).toBeGreaterThanOrEqual(1);
      }
      net.runMs(60_000);
      expect(net.isAgreed()).toBe(true);
      for (const side of sides) {
        for (const one of side) {
          for (const other of side) expect(departures(one, { id: other.id })).toEqual([]);
        }
      }
    }
  });

  test.each([10, 40])(
    'of which one was cut off for %i s is one again within 15 s, and wrongs nobody but that one',
    (seconds) => {
      for (const seed of seeds) {
        const net = circuit(30, { seed });
        const alone = server(net, 9);
        apart(net, [alone]);
        net.runMs(seconds * 1_000);
        expect(server(net, 0).membership.has(alone.id)).toBe(false);
        whole(net);
        expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(15_000);
        expect(alone.membership.self.incarnation).toBeGreaterThanOrEqual(1);
        net.runMs(60_000);
        expect(net.isAgreed()).toBe(true);
        const others = net.servers.filter((one) => one !== alone);
        expect(wronged(net, { by: others })).toEqual([9]);
        for (const one of others) expect(departures(one, { id: alone.id })).toHaveLength(1);
      }
    },
  );

  test('in which one stands still for 30 s takes it back when it wakes, and nobody else is wronged', () => {
    for (const seed of seeds) {
      const net = circuit(30, { seed });
      const sleeper = server(net, 9);
      net.stall(sleeper, 30_000);
      net.runMs(29_000);
      expect(server(net, 0).membership.has(sleeper.id)).toBe(false);
      net.runMs(1_000);
      expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(15_000);
      net.runMs(60_000);
      expect(net.isAgreed()).toBe(true);
      expect(wronged(net)).toEqual([9]);
      expect(sleeper.membership.self.incarnation).toBeGreaterThanOrEqual(1);
    }
  });

  test('in which servers stand still for 2 s now and then keeps them all', () => {
    const net = circuit(30);
    for (let round = 0; round < 10; round++) {
      for (const offset of [0, 11, 19]) net.stall(server(net, (round + offset) % 30), 2_000);
      net.runMs(20_000);
    }
    expect(wronged(net)).toEqual([]);
    expect(net.isAgreed()).toBe(true);
  });

  const unheard: [string, (one: Server) => MembershipNet['isCut']][] = [
    ['hears nothing', (one) => (_, to) => to === one],
    ['cannot be heard', (one) => (from) => from === one],
  ];
  test.each(unheard)('in which one %s removes that one alone, and takes it back', (_, cut) => {
    for (const seed of seeds) {
      const net = circuit(30, { seed });
      const one = server(net, 9);
      net.isCut = cut(one);
      net.runMs(20_000);
      const others = net.servers.filter((other) => other !== one);
      expect(wronged(net, { by: others })).toEqual([9]);
      for (const { membership } of others) expect(membership.size).toBe(29);
      whole(net);
      expect(net.until(() => net.isAgreed())).toBeLessThanOrEqual(15_000);
      net.runMs(60_000);
      expect(net.isAgreed()).toBe(true);
      expect(wronged(net, { by: others })).toEqual([9]);
    }
  });

  test('in which two cannot reach each other, though all others can, keeps both', () => {
    for (const seed of seeds) {
      const net = circuit(30, { seed });
      const one = server(net, 4);
      const [other] = [...one.sessions.keys()] as [Server];
      net.isCut = (from, to) => (from === one && to === other) || (from === other && to === one);
      net.runMs(120_000);
      expect(wronged(net)).toEqual([]);
      expect(net.isAgreed()).toBe(true);
    }
  });

  test('in which one loses 80 % of what it receives removes no healthy server', () => {
    for (const seed of seeds) {
      const net = circuit(30, { seed });
      const lossy = server(net, 9);
      net.lossOf = (_, to) => (to === lossy ? 0.8 : 0);
      net.edgeLossOf = net.lossOf;
      net.runMs(300_000);
      const others = net.servers.filter((one) => one !== lossy);
      expect(wronged(net, { by: others }).filter((number) => number !== 9)).toEqual([]);
    }
  });

  test('in which a server is cut off for 20 s of 40, for 15 minutes, removes it at most 5 times', () => {
    for (const seed of ['a', 'b']) {
      const net = circuit(30, { seed });
      const flapping = server(net, 9);
      const start = net.now;
      const isOff = () => Math.floor((net.now - start) / (20 * SECOND)) % 2 === 0;
      net.isCut = (from, to) => (from === flapping || to === flapping) && isOff();
      net.runMs(15 * 60_000);
      const others = net.servers.filter((one) => one !== flapping);
      expect(wronged(net, { by: others })).toEqual([9]);
      for (const one of others) {
        expect(departures(one, { id: flapping.id }).length).toBeLessThanOrEqual(5);
      }
      whole(net);
      // It stays away for half an hour at the longest.
      net.until(() => net.isAgreed(), 1_900_000);
    }
  });

  test('in which one slept for longer than departures are remembered does not resurrect the dead', () => {
    for (const seed of seeds) {
      const net = circuit(12, { seed });
      const sleeper = server(net, 5);
      const dead = [server(net, 2), server(net, 8)];
      net.stall(sleeper, 400_000);
      net.runMs(10_000);
      for (const one of dead) net.crash(one);
      net.runMs(389_000);
      // Departures are forgotten as others follow: the next one goes when it is time.
      net.crash(server(net, 3));
      net.runMs(1_000);
      const woken = net.now;
      net.until(() => net.isAgreed(), 30_000);
      net.runMs(60_000);
      expect(net.isAgreed()).toBe(true);
      for (const one of net.live) {
        const joined = one.told.filter(({ at, type }) => type === 'joined' && at >= woken - MS);
        const risen = joined.filter(({ member }) => dead.some(({ id }) => id === member.id));
        expect(risen).toEqual([]);
      }
      expect(timesLeft(net, sleeper.id).at(-1)).toBe(1);
    }
  });
});
