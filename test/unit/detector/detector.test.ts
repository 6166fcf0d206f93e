import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import {
  Detector,
  type DetectorEffect,
  type DetectorEvent,
} from '../../../src/detector/detector.ts';
import type { ServerId } from '../../../src/id.ts';
import { lan } from '../../../src/membership/profile.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const bob = idOf(1);

describe('detector', () => {
  let detector: Detector;
  beforeEach(() => {
    detector = new Detector(0, new SimRandom('detector'), lan.detector);
  });

  const step = (now: number, event: DetectorEvent): DetectorEffect[] => {
    const out: DetectorEffect[] = [];
    detector.step(now, event, out);
    return out;
  };
  const tick = (now: number) => step(now, { type: 'tick' });

  /** Ticks whenever it is due, up to and including `end`. */
  const run = (end: number, answer: (peer: ServerId) => boolean = () => false) => {
    const log: { at: number; effect: DetectorEffect }[] = [];
    for (let due = detector.deadline(); due <= end; due = detector.deadline()) {
      for (const effect of tick(due)) {
        log.push({ at: due, effect });
        if (effect.type !== 'probe' || !answer(effect.peer)) continue;
        step(due, { type: 'acked', peer: effect.peer, seq: effect.seq });
      }
    }
    return log;
  };
  const gone = (log: ReturnType<typeof run>) =>
    log.flatMap(({ at, effect }) => (effect.type === 'gone' ? [{ at, ...effect }] : []));

  /** Watches bob; returns when its first probe is sent, which gets no answer. */
  const missBob = (): number => {
    step(0, { type: 'watch', peer: bob });
    const first = detector.deadline();
    expect(tick(first)).toMatchObject([{ type: 'probe', peer: bob, urgent: false }]);
    return first;
  };

  test('nobody is waited for while nobody is watched', () => {
    expect(detector.deadline()).toBe(NEVER);
    step(0, { type: 'watch', peer: bob });
    expect(detector.deadline()).toBeLessThanOrEqual(1_000 * MS);
    step(5, { type: 'unwatch', peer: bob });
    expect(detector.deadline()).toBe(NEVER);
  });

  test('one neighbour is probed each second, each once per round', () => {
    const peers = [1, 2, 3, 4].map(idOf);
    for (const peer of peers) step(0, { type: 'watch', peer });
    const log = run(41_000 * MS, () => true);
    expect(log.length).toBe(41);
    for (let i = 1; i < log.length; i++) {
      expect((log[i]?.at as number) - (log[i - 1]?.at as number)).toBe(1_000 * MS);
    }
    // The first round began with the first member; from the second on rounds are whole.
    const turns = log.map(({ effect }) => effect.peer);
    const from = turns.findIndex((_, i) => new Set(turns.slice(i, i + 4)).size === 4);
    for (let i = from; i + 4 <= turns.length; i += 4) {
      expect(new Set(turns.slice(i, i + 4)).size).toBe(4);
    }
  });

  test('a missed ack makes a suspect after 500 ms, which is probed every 500 ms', () => {
    const first = missBob();
    expect(tick(first + 499 * MS)).toEqual([]);
    expect(detector.isSuspected(bob)).toBe(false);
    expect(tick(first + 500 * MS)).toMatchObject([{ type: 'probe', urgent: true }]);
    expect(detector.isSuspected(bob)).toBe(true);
    expect(tick(first + 999 * MS)).toEqual([]);
    expect(tick(first + 1_000 * MS)).toMatchObject([{ type: 'probe', urgent: true }]);
  });

  test('a suspect that stays silent is declared gone after 3 s, and not a moment sooner', () => {
    const first = missBob();
    const suspected = first + 500 * MS;
    const log = run(suspected + 3_000 * MS - 1);
    expect(gone(log)).toEqual([]);
    expect(log.length).toBe(6);
    const last = run(suspected + 3_000 * MS);
    expect(gone(last)).toEqual([
      { at: suspected + 3_000 * MS, type: 'gone', peer: bob, proof: 'silent' },
    ]);
    expect(detector.deadline()).toBe(NEVER);
  });

  test('a neighbour whose edge broke is suspected at once, and gone 3 s later', () => {
    step(0, { type: 'watch', peer: bob });
    expect(step(10, { type: 'doubted', peer: bob })).toMatchObject([{ urgent: true }]);
    expect(gone(run(3_000 * MS + 9))).toEqual([]);
    expect(gone(run(3_000 * MS + 10))).toHaveLength(1);
  });

  test('an ack clears a suspicion, up to the last moment', () => {
    const first = missBob();
    const log = run(first + 3_500 * MS - 1);
    const last = log.at(-1)?.effect as { seq: number } | undefined;
    step(first + 3_500 * MS - 1, { type: 'acked', peer: bob, seq: last?.seq as number });
    expect(detector.isSuspected(bob)).toBe(false);
    expect(gone(run(first + 4_900 * MS))).toEqual([]);
  });

  test('an ack that is late still counts: it answers a probe from within the silence', () => {
    step(0, { type: 'watch', peer: bob });
    const first = detector.deadline();
    const [probe] = tick(first) as { seq: number }[];
    run(first + 2_000 * MS);
    step(first + 2_000 * MS, { type: 'acked', peer: bob, seq: probe?.seq as number });
    expect(detector.isSuspected(bob)).toBe(false);
  });

  test('an ack that answers no probe of this silence does not count', () => {
    step(0, { type: 'watch', peer: bob });
    const first = detector.deadline();
    const [probe] = tick(first) as { seq: number }[];
    const seq = probe?.seq as number;
    step(first + 1, { type: 'acked', peer: bob, seq });
    step(first + 2, { type: 'doubted', peer: bob });
    step(first + 3, { type: 'acked', peer: bob, seq });
    step(first + 3, { type: 'acked', peer: bob, seq: seq + 9 });
    step(first + 3, { type: 'acked', peer: idOf(2), seq: seq + 1 });
    expect(detector.isSuspected(bob)).toBe(true);
  });

  test('a message on the edge, or an edge that stands again, clears a suspicion', () => {
    step(0, { type: 'watch', peer: bob });
    step(10, { type: 'doubted', peer: bob });
    step(20, { type: 'heard', peer: bob });
    expect(detector.isSuspected(bob)).toBe(false);
  });

  test('a refused dial is proof', () => {
    step(0, { type: 'watch', peer: bob });
    expect(step(1, { type: 'refused', peer: bob })).toEqual([
      { type: 'gone', peer: bob, proof: 'refused' },
    ]);
    expect(step(2, { type: 'refused', peer: bob })).toEqual([]);
  });

  test('when all are silent, we doubt ourselves first: eight times as long, then declare', () => {
    const peers = [1, 2, 3, 4].map(idOf);
    for (const peer of peers) step(0, { type: 'watch', peer });
    for (const peer of peers) step(10, { type: 'doubted', peer });
    expect(gone(run(24_000 * MS + 9))).toEqual([]);
    expect(detector.stretch).toBe(8);
    expect(gone(run(24_000 * MS + 10))).toHaveLength(4);
  });

  test('when several are silent but another answers, they are declared in time', () => {
    const peers = [1, 2, 3, 4].map(idOf);
    for (const peer of peers) step(0, { type: 'watch', peer });
    for (const peer of peers.slice(0, 3)) step(10, { type: 'doubted', peer });
    expect(gone(run(3_000 * MS + 10, (peer) => peer === peers[3]))).toHaveLength(3);
  });

  test('nobody is declared gone before four probes went unanswered, however short the time', () => {
    const profile = { ...lan.detector, suspicionMs: 1_000 };
    detector = new Detector(0, new SimRandom('short'), profile);
    step(0, { type: 'watch', peer: bob });
    step(0, { type: 'doubted', peer: bob });
    expect(gone(run(1_500 * MS - 1))).toEqual([]);
    expect(gone(run(1_500 * MS))).toHaveLength(1);
  });

  test('two silent neighbours are no reason to doubt ourselves', () => {
    for (const peer of [idOf(1), idOf(2)]) step(0, { type: 'watch', peer });
    for (const peer of [idOf(1), idOf(2)]) step(10, { type: 'doubted', peer });
    expect(gone(run(3_000 * MS + 10))).toHaveLength(2);
  });

  test('when we hear somebody again, the others get a whole suspicion time to be heard too', () => {
    const peers = [1, 2, 3, 4, 5].map(idOf);
    for (const peer of peers) step(0, { type: 'watch', peer });
    for (const peer of peers) step(10, { type: 'doubted', peer });
    run(20_000 * MS);
    for (const peer of peers.slice(0, 4)) step(20_000 * MS, { type: 'heard', peer });
    expect(detector.stretch).toBe(1);
    expect(gone(run(23_000 * MS - 1, (peer) => peer !== peers[4]))).toEqual([]);
    expect(gone(run(23_000 * MS, (peer) => peer !== peers[4]))).toHaveLength(1);
  });

  test('answers make us trust ourselves again, step by step', () => {
    const peers = [1, 2, 3].map(idOf);
    for (const peer of peers) step(0, { type: 'watch', peer });
    for (const peer of peers) step(10, { type: 'doubted', peer });
    run(20_000 * MS);
    expect(detector.stretch).toBe(8);
    for (const peer of peers) step(20_000 * MS, { type: 'heard', peer });
    run(24_500 * MS, () => true);
    expect(detector.stretch).toBe(1);
  });

  test('the time that this process stood still is nobody else’s silence', () => {
    step(0, { type: 'watch', peer: bob });
    step(10, { type: 'doubted', peer: bob });
    run(2_000 * MS);
    const due = detector.deadline();
    // The tick comes 60 s late: bob gets all the time that was left, and its probes.
    const stall = 60_000 * MS;
    expect(gone([{ at: 0, effect: tick(due + stall)[0] as DetectorEffect }])).toEqual([]);
    expect(gone(run(3_000 * MS + 9 + stall))).toEqual([]);
    expect(gone(run(3_000 * MS + 10 + stall))).toHaveLength(1);
  });

  test('what arrives first after a stall may be a message: no tick is needed to notice', () => {
    step(0, { type: 'watch', peer: bob });
    step(0, { type: 'watch', peer: idOf(2) });
    step(10, { type: 'doubted', peer: bob });
    const stall = 60_000 * MS;
    step(detector.deadline() + stall, { type: 'heard', peer: idOf(2) });
    expect(gone(run(3_000 * MS + 9 + stall))).toEqual([]);
  });

  test('a tick that is late by no more than a timer may be moves nothing', () => {
    step(0, { type: 'watch', peer: bob });
    step(10, { type: 'doubted', peer: bob });
    tick(detector.deadline() + 100 * MS);
    expect(gone(run(3_000 * MS + 10))).toHaveLength(1);
  });
});
