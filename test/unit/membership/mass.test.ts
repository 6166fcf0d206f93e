import { describe, expect, test } from 'vitest';
import { circuit, departures, server, wronged } from '../../support/membership-circuit.ts';
import { MembershipNet } from '../../support/membership-net.ts';

describe('a circuit in which much happens at once', () => {
  test.each([
    ['crash', 30],
    ['crash', 48],
    ['silence', 30],
    ['silence', 48],
  ] as const)('agrees within 15 s of the %s of 60 servers’ %i', (fall, count) => {
    for (const seed of ['a', 'b', 'c']) {
      const net = circuit(60, { seed });
      const victims = net.servers.slice(60 - count);
      const fallenAt = net.now;
      for (const victim of victims) net[fall](victim);
      expect(net.until(() => net.isAgreed(), 30_000)).toBeLessThanOrEqual(15_000);
      net.runMs(60_000);
      expect(net.isAgreed()).toBe(true);
      expect(wronged(net, { since: fallenAt })).toEqual([]);
      for (const one of net.live) {
        for (const { id } of victims) expect(departures(one, { id })).toHaveLength(1);
      }
    }
  });

  test('agrees after half of it crashed while the other half joined', () => {
    for (const seed of ['a', 'b', 'c']) {
      const net = circuit(30, { seed });
      const fallenAt = net.now;
      for (const victim of net.servers.slice(15)) net.crash(victim);
      for (let i = 0; i < 15; i++) net.start(server(net, i));
      expect(net.until(() => net.isAgreed(), 30_000)).toBeLessThanOrEqual(15_000);
      net.runMs(30_000);
      expect(wronged(net, { since: fallenAt })).toEqual([]);
    }
  });

  test('of which all are restarted one after the other is the same circuit of others', () => {
    const net = circuit(15);
    const startedAt = net.now;
    for (let i = 0; i < 15; i++) {
      const old = server(net, i);
      net.step(old, { type: 'leave' });
      net.runMs(1_000);
      expect(old.state).toBe('departed');
      net.start(net.live[0], old.address);
      net.runMs(1_000);
    }
    net.until(() => net.isAgreed(), 5_000);
    expect(net.live).toHaveLength(15);
    expect(wronged(net, { since: startedAt })).toEqual([]);
    for (const one of net.live) expect(one.membership.counters.silent).toBe(0);
  });

  test('agrees within 8 s after two minutes in which one came and one went each second', () => {
    const net = circuit(30, { seed: 'churn' });
    const startedAt = net.now;
    for (let second = 0; second < 120; second++) {
      const victim = net.live[(7 * second) % 30] as (typeof net.live)[number];
      if (second % 3 === 0) net.step(victim, { type: 'leave' });
      else if (second % 3 === 1) net.crash(victim);
      else net.silence(victim);
      const seed = net.live[(11 * second) % net.live.length];
      net.start(seed);
      net.runMs(1_000);
    }
    expect(net.until(() => net.isAgreed(), 30_000)).toBeLessThanOrEqual(8_000);
    expect(wronged(net, { since: startedAt })).toEqual([]);
  });

  test('joins by a seed that dies meanwhile fail, and succeed by another', () => {
    const net = new MembershipNet({ seed: 'dying seed' });
    const first = net.start();
    const second = net.start(first);
    net.runMs(5_000);
    const late = net.start(first);
    net.crash(first);
    net.until(() => late.seeds.length > 0, 15_000);
    expect(late.seeds).toMatchObject([{ type: 'seedFailed', address: first.address }]);
    net.step(late, { type: 'join', address: second.address });
    net.until(() => net.isAgreed(), 5_000);
    expect(late.seeds.at(-1)).toEqual({ type: 'seedJoined', address: second.address });
  });
});
