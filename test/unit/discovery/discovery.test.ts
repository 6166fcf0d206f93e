import { describe, expect, test } from 'vitest';
import { standardDiscovery } from '../../../src/discovery/profile.ts';
import type { CircuitName } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { MS, NEVER, SECOND } from '../../../src/time.ts';
import { Alone, someServer } from '../../support/discovery-alone.ts';

const seeds = Array.from({ length: 12 }, (_, i) => String(i));

describe('a server that starts', () => {
  test('asks four times, ever more seldom, and then announces itself for ever', () => {
    const alone = new Alone(1);
    const said = alone.said(20 * 60_000);
    const queries = said.filter(({ type }) => type === 'query');
    expect(queries).toHaveLength(4);
    for (const [i, ms] of standardDiscovery.askMs.entries()) {
      expect(queries[i]?.at).toBeGreaterThanOrEqual(0.75 * ms * MS);
      expect(queries[i]?.at).toBeLessThanOrEqual(1.25 * ms * MS + 1);
    }
    const offers = said.filter(({ type }) => type === 'offer');
    expect(offers.length).toBeGreaterThan(20);
    expect(offers.at(-1)?.at).toBeGreaterThan(18 * 60 * SECOND);
  });

  test('that stood still asks once for all it missed', () => {
    const alone = new Alone(1);
    alone.now = 5 * SECOND;
    expect(alone.step({ type: 'tick' })).toHaveLength(1);
    expect(alone.machine.counters.queries).toBe(1);
  });
});

describe('announcements', () => {
  test.each([1, 10, 1_000])('of %d servers come once in 30 s in all, in the mean', (count) => {
    const gaps: number[] = [];
    for (let round = 0; round < 60; round++) {
      let first = NEVER;
      for (let i = 0; i < Math.min(count, 200); i++) {
        const each = new Alone(1, { seed: `${round} ${i}` });
        each.others = count - 1;
        // Its questions are over, and another of its circuit has just spoken.
        each.now = 20 * SECOND;
        each.step({ type: 'tick' });
        each.members.add(someServer(2).id);
        each.others = count - 2;
        each.hear('offer', someServer(2, count));
        first = Math.min(first, each.machine.deadline() - each.now);
      }
      gaps.push((first * Math.min(count, 200)) / count);
    }
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length / SECOND;
    expect(mean).toBeGreaterThan(20);
    expect(mean).toBeLessThan(42);
  });

  test('wait anew when another of the circuit is heard, and not when a stranger is', () => {
    const alone = new Alone(1);
    alone.run(10_001);
    const due = alone.machine.deadline();
    alone.hear('offer', someServer(9));
    const stranger = Math.min(due, alone.machine.deadline());
    expect(stranger).toBe(alone.machine.deadline());
    alone.members.add(someServer(3).id);
    for (let i = 0; i < 200; i++) {
      alone.hear('offer', someServer(3));
      expect(alone.said(200).filter(({ type }) => type === 'offer').length).toBeLessThanOrEqual(1);
    }
  });

  test('come sooner when the circuit has shrunk', () => {
    const alone = new Alone(1);
    alone.others = 999;
    alone.run(10_001);
    const before = alone.machine.deadline();
    alone.others = 0;
    expect(alone.machine.deadline()).toBeLessThan(before);
    expect(alone.machine.deadline()).toBeLessThanOrEqual(alone.now + 60 * SECOND);
  });
});

describe('an answer', () => {
  test.each(seeds)('to a client comes within the window of the circuit (seed %s)', (seed) => {
    for (const [size, windowMs] of [
      [1, 1],
      [40, 40],
      [5_000, 100],
    ] as const) {
      const alone = new Alone(1, { seed });
      alone.others = size - 1;
      alone.run(10_001);
      alone.look();
      expect(alone.said(windowMs + 1).map(({ type }) => type)).toEqual(['offer']);
    }
  });

  test('is not given when another of the circuit gives it first', () => {
    const alone = new Alone(1, { seed: 'late' });
    alone.others = 99;
    alone.members.add(someServer(2).id);
    alone.run(10_001);
    alone.look();
    alone.hear('offer', someServer(2, 100));
    expect(alone.said(150)).toEqual([]);
  });

  test('is one for many clients that ask together', () => {
    const alone = new Alone(1);
    alone.others = 49;
    alone.run(10_001);
    for (let i = 0; i < 100; i++) alone.look();
    expect(alone.said(100)).toHaveLength(1);
  });

  test('to a server is left to our own questions while we ask', () => {
    const alone = new Alone(1);
    for (let i = 2; i < 100; i++) alone.hear('query', someServer(i));
    expect(alone.said(700).map(({ type }) => type)).toEqual(['query', 'query']);
  });

  test('to a server that is in our view already is none', () => {
    const alone = new Alone(1);
    alone.members.add(someServer(2).id);
    alone.run(10_001);
    alone.hear('query', someServer(2));
    expect(alone.said(10)).toEqual([]);
  });
});

describe('of what is heard', () => {
  test('a server never joins itself, nor any that it knows', () => {
    const alone = new Alone(5);
    alone.members.add(someServer(2).id);
    alone.hear('query', alone.server);
    alone.hear('offer', someServer(2));
    expect(alone.joined(60_000)).toEqual([]);
    expect(alone.machine.counters).toMatchObject({ joins: 0, heard: 1 });
  });

  test('junk, other versions and other circuits are counted, and nothing else', () => {
    const alone = new Alone(5);
    alone.step({ type: 'packet', bytes: Uint8Array.of(1, 2, 3) });
    alone.step({ type: 'packet', bytes: Uint8Array.of(0x43, 0x49, 0x52, 0x44, 99, 1) });
    alone.hear('offer', someServer(1), 'other' as CircuitName);
    expect(alone.joined(60_000)).toEqual([]);
    const { malformed, otherVersion, otherCircuit, heard } = alone.machine.counters;
    expect({ malformed, otherVersion, otherCircuit, heard }).toEqual({
      ...{ malformed: 1, otherVersion: 1, otherCircuit: 1, heard: 0 },
    });
  });

  test('a server on loopback and one on a network do not join each other', () => {
    const local = { ...someServer(1), url: 'circuit://127.0.0.1:11022' };
    const alone = new Alone(5);
    alone.hear('offer', local);
    const other = new Alone(5, { url: 'circuit://127.0.0.1:7/1/Q0000000000000000' });
    other.hear('offer', someServer(1));
    expect([...alone.joined(60_000), ...other.joined(60_000)]).toEqual([]);
    other.hear('offer', local);
    expect(other.joined(60_000)).toEqual([local.id]);
    expect([alone.machine.counters.outOfReach, other.machine.counters.outOfReach]).toEqual([1, 1]);
  });
});

describe('whom it joins', () => {
  test.each(seeds)(
    'of many the lowest id, within the window, and one at a time (seed %s)',
    (seed) => {
      const alone = new Alone(50, { seed });
      for (const number of [30, 20, 70, 10, 40]) alone.hear('query', someServer(number));
      expect(alone.joined(99)).toEqual([]);
      expect(alone.joined(202)).toEqual([someServer(10).id]);
      expect(alone.joined(60_000)).toEqual([]);
    },
  );

  test('of a larger circuit rather than of a smaller one', () => {
    const alone = new Alone(50);
    alone.hear('offer', someServer(10, 2));
    alone.hear('offer', someServer(20, 30));
    expect(alone.joined(400)).toEqual([someServer(20).id]);
  });

  test('nobody that has become known meanwhile', () => {
    const alone = new Alone(50);
    alone.hear('offer', someServer(10));
    alone.members.add(someServer(10).id);
    expect(alone.joined(60_000)).toEqual([]);
  });

  test.each(seeds)('of a smaller circuit only after it had time to join us (seed %s)', (seed) => {
    const alone = new Alone(1, { seed });
    alone.others = 9;
    alone.hear('offer', someServer(90));
    expect(alone.joined(standardDiscovery.deferMs - 1)).toEqual([]);
    expect(alone.joined(202)).toEqual([someServer(90).id]);
  });

  test('a newcomer that was heard during a rest has its time all the same', () => {
    const alone = new Alone(1);
    alone.others = 9;
    alone.hear('offer', someServer(5, 100));
    expect(alone.joined(400)).toHaveLength(1);
    alone.step({ type: 'joinDone', id: someServer(5).id, outcome: 'joined' });
    alone.members.add(someServer(5).id);
    alone.run(standardDiscovery.restMs - 10);
    alone.hear('query', someServer(90));
    expect(alone.joined(standardDiscovery.deferMs - 10)).toEqual([]);
  });

  test('the next one after a rest, in which membership tells of most', () => {
    const alone = new Alone(50);
    for (const number of [10, 20, 30]) alone.hear('query', someServer(number));
    alone.run(400);
    for (const number of [10, 20]) alone.members.add(someServer(number).id);
    alone.step({ type: 'joinDone', id: someServer(10).id, outcome: 'joined' });
    expect(alone.joined(standardDiscovery.restMs - 1)).toEqual([]);
    expect(alone.joined(standardDiscovery.restMs)).toEqual([someServer(30).id]);
  });

  test('the same again, ever more seldom, while joining fails and it is heard', () => {
    const alone = new Alone(50);
    const tries: number[] = [];
    alone.hear('offer', someServer(10));
    for (let second = 0; second < 600; second++) {
      if (second % 30 === 0) alone.hear('offer', someServer(10));
      for (const { at, effect } of alone.run(1_000)) {
        if (effect.type !== 'join') continue;
        tries.push(at);
        alone.step({ type: 'joinDone', id: effect.id, outcome: 'failed' });
      }
    }
    expect(tries.length).toBeGreaterThan(8);
    expect(tries.length).toBeLessThan(25);
    const gaps = tries.slice(1).map((at, i) => at - (tries[i] as number));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1.5 * standardDiscovery.retryMaxMs * MS + SECOND);
  });

  test('not one that refused, nor one that fell silent', () => {
    const alone = new Alone(50);
    alone.hear('offer', someServer(10));
    expect(alone.joined(400)).toHaveLength(1);
    alone.step({ type: 'joinDone', id: someServer(10).id, outcome: 'refused' });
    expect(alone.joined(60_000)).toEqual([]);
    alone.hear('offer', someServer(11));
    expect(alone.joined(400)).toHaveLength(1);
    alone.now += 2 * standardDiscovery.forgetMs * MS;
    alone.step({ type: 'joinDone', id: someServer(11).id, outcome: 'failed' });
    expect(alone.joined(600_000)).toEqual([]);
  });

  test('any of a bounded number: more are not remembered until there is room', () => {
    const alone = new Alone(5_000);
    const first = limits.candidatesMax;
    for (let i = 0; i < first; i++) alone.hear('offer', someServer(1_000 + i));
    // The best of all, and one too many.
    alone.hear('offer', someServer(2, 1_000));
    expect(alone.joined(5_000)).toEqual([someServer(1_000).id]);
    for (let i = 0; i < first; i++) alone.members.add(someServer(1_000 + i).id);
    alone.step({ type: 'joinDone', id: someServer(1_000).id, outcome: 'joined' });
    alone.hear('offer', someServer(2, 1_000));
    expect(alone.joined(20_000)).toEqual([someServer(2).id]);
  });
});
