import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { Detector } from '../../../src/detector/detector.ts';
import type { DetectorEffect, DetectorEvent, Verdict } from '../../../src/detector/event.ts';
import { detectorProfiles } from '../../../src/detector/profile.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const self = idOf(0);
const bob = idOf(1);
const { lan } = detectorProfiles;
const END = lan.suspicionMs * MS;
const stall = 60_000 * MS;

/** When the trouble may be our own: we hear nobody, or this process stands still. */
describe('doubt in ourselves', () => {
  let detector: Detector;
  let observers: ServerId[];
  beforeEach(() => {
    observers = [self, ...[1, 2, 3, 4].map(idOf)];
    const random = new SimRandom('doubt');
    const observersOf = (subject: ServerId) => observers.filter((id) => id !== subject);
    detector = new Detector({ now: -1, self, random, profile: lan, observersOf });
  });

  const step = (now: number, event: DetectorEvent): DetectorEffect[] => {
    const out: DetectorEffect[] = [];
    detector.step(now, event, out);
    return out;
  };
  /** Ticks whenever it is due, up to and including `end`. What has gone observes nobody any more. */
  const run = (end: number, answer: (peer: ServerId) => boolean = () => false) => {
    const log: { at: number; effect: DetectorEffect }[] = [];
    for (let due = detector.deadline(); due <= end; due = detector.deadline()) {
      for (const effect of step(due, { type: 'tick' })) {
        log.push({ at: due, effect });
        if (effect.type === 'gone') observers = observers.filter((id) => id !== effect.peer);
        if (effect.type !== 'probe' || !answer(effect.peer)) continue;
        step(due, { type: 'acked', peer: effect.peer, seq: effect.seq, turnUs: 4_000 * MS });
      }
    }
    return log;
  };
  const gone = (log: ReturnType<typeof run>) =>
    log.flatMap(({ at, effect }) => (effect.type === 'gone' ? [{ at, ...effect }] : []));
  const doubt = (...numbers: number[]) => {
    for (const number of numbers) step(0, { type: 'watch', peer: idOf(number) });
    for (const number of numbers) step(0, { type: 'doubted', peer: idOf(number) });
  };

  test('when all are silent: eight times as long, then gone, but for our own use only', () => {
    doubt(1, 2, 3, 4);
    expect(gone(run(8 * END - 1))).toEqual([]);
    expect(detector.stretch).toBe(8);
    const declared = gone(run(8 * END + 1_000 * MS));
    expect(declared).toHaveLength(4);
    expect(declared.filter(({ spread }) => spread)).toEqual([]);
  });

  test('one silent neighbour, of which no other observer answers, is reason enough for doubt', () => {
    doubt(1);
    expect(gone(run(8 * END - 1))).toEqual([]);
    expect(gone(run(8 * END + 1_000 * MS))).toMatchObject([{ spread: false }]);
  });

  test('several are silent but another answers: they are gone for everybody, a second later', () => {
    doubt(1, 2, 3);
    step(0, { type: 'watch', peer: idOf(4) });
    // Ours is the only vote: it asks four times more.
    expect(gone(run(END + 1_000 * MS - 1, (peer) => peer === idOf(4)))).toEqual([]);
    const declared = gone(run(END + 1_100 * MS, (peer) => peer === idOf(4)));
    expect(declared.map(({ spread }) => spread)).toEqual([true, true, true]);
  });

  test('a neighbour that answers only when it is asked to is asked before we doubt ourselves', () => {
    doubt(1);
    step(0, { type: 'watch', peer: idOf(4) });
    run(100 * MS);
    // It gave a turn far away; its last answer is older than the silence of bob.
    step(100 * MS, { type: 'unwatch', peer: bob });
    run(1_000 * MS, () => true);
    step(1_000 * MS, { type: 'watch', peer: bob });
    step(1_000 * MS, { type: 'doubted', peer: bob });
    const log = run(2_000 * MS + END, (peer) => peer === idOf(4));
    expect(gone(log)).toMatchObject([{ spread: true }]);
  });

  test('a vote on one suspect is a sign of life for our judgement of another', () => {
    doubt(1, 2);
    run(1_000 * MS);
    step(1_000 * MS, { type: 'voted', subject: idOf(2), from: idOf(3), verdict: 'unsure' });
    expect(gone(run(END + 1_000 * MS)).filter(({ peer }) => peer === bob)).toMatchObject([
      { spread: true },
    ]);
  });

  test('but not one of a suspect: it may say that unasked, and hear nothing of us', () => {
    doubt(1, 2);
    run(1_000 * MS);
    step(1_000 * MS, { type: 'voted', subject: idOf(2), from: bob, verdict: 'alive' });
    expect(gone(run(8 * END - 1))).toEqual([]);
    expect(detector.stretch).toBe(8);
  });

  test('nor is an answer of one that has fallen silent itself', () => {
    doubt(1);
    step(0, { type: 'watch', peer: idOf(4) });
    run(200 * MS, (peer) => peer === idOf(4));
    step(1_000 * MS, { type: 'doubted', peer: idOf(4) });
    expect(gone(run(END + 1_500 * MS))).toEqual([]);
    expect(detector.stretch).toBe(2);
  });

  test('what one answered that we no longer watch stays said', () => {
    doubt(1);
    step(0, { type: 'watch', peer: idOf(4) });
    run(200 * MS, (peer) => peer === idOf(4));
    step(300 * MS, { type: 'unwatch', peer: idOf(4) });
    expect(gone(run(END + 1_000 * MS))).toMatchObject([{ spread: true }]);
  });

  test('votes of servers that were not asked are no signs of life', () => {
    doubt(1);
    run(1_000 * MS);
    step(1_000 * MS, { type: 'voted', subject: bob, from: idOf(9), verdict: 'silent' });
    expect(gone(run(END))).toEqual([]);
    expect(detector.stretch).toBe(2);
  });

  test('nor is an ack that comes twice', () => {
    step(0, { type: 'watch', peer: idOf(4) });
    const log = run(100 * MS, () => true);
    const seq = log[0]?.effect.type === 'probe' ? log[0].effect.seq : -1;
    step(150 * MS, { type: 'watch', peer: bob });
    step(150 * MS, { type: 'doubted', peer: bob });
    run(200 * MS);
    step(200 * MS, { type: 'acked', peer: idOf(4), seq, turnUs: 4_000 * MS });
    expect(gone(run(150 * MS + END))).toEqual([]);
    expect(detector.stretch).toBe(2);
  });

  test('two silent neighbours, twice unanswered, have all others probed at once, every 5 s', () => {
    observers = [self, ...Array.from({ length: 10 }, (_, i) => idOf(i + 1))];
    for (let number = 3; number <= 10; number++) step(0, { type: 'watch', peer: idOf(number) });
    run(150 * MS, () => true);
    const swept = (log: ReturnType<typeof run>) =>
      log.flatMap(({ at, effect }) => {
        return effect.type === 'probe' && effect.peer > idOf(2) ? [at / MS] : [];
      });
    for (const number of [1, 2]) step(1_500 * MS, { type: 'watch', peer: idOf(number) });
    for (const number of [1, 2]) step(1_500 * MS, { type: 'doubted', peer: idOf(number) });
    const log = run(3_900 * MS, (peer) => peer > idOf(2));
    expect(swept(log)).toEqual(Array.from({ length: 8 }, () => 2_500));
  });

  const vote = (now: number, number: number, verdict: Verdict) =>
    step(now, { type: 'voted', subject: bob, from: idOf(number), verdict });

  test('those that have not answered are asked for a second more, where theirs could make a tie', () => {
    doubt(1);
    run(END - 1);
    vote(END - 1, 2, 'silent');
    vote(END - 1, 3, 'alive');
    const log = run(END + 1_000 * MS - 1);
    expect(log.filter(({ effect }) => effect.type === 'ask')).toHaveLength(4 * 3);
    expect(gone(log)).toEqual([]);
    expect(gone(run(END + 1_000 * MS))).toMatchObject([{ spread: true, proof: 'silent' }]);
  });

  test('and where they make it one, it stays', () => {
    doubt(1);
    run(260 * MS);
    // Too old to count at the end, it is reason to ask again.
    vote(260 * MS, 3, 'alive');
    run(END - 1);
    vote(END - 1, 2, 'silent');
    expect(gone(run(END + 100 * MS))).toEqual([]);
    for (const number of [3, 4]) vote(END + 100 * MS, number, 'alive');
    expect(gone(run(2 * END))).toEqual([]);
  });

  test('when we hear somebody again, the others get a whole suspicion time to be heard too', () => {
    doubt(1, 2, 3, 4);
    const log = run(20_000 * MS);
    expect(detector.stretch).toBe(8);
    for (const { effect } of log.reverse()) {
      if (effect.type !== 'probe' || effect.peer === bob || !detector.isSuspected(effect.peer)) {
        continue;
      }
      step(20_000 * MS, { type: 'acked', peer: effect.peer, seq: effect.seq, turnUs: 4_000 * MS });
    }
    expect(detector.stretch).toBe(1);
    expect(gone(run(20_000 * MS + END - 1, (peer) => peer !== bob))).toEqual([]);
    // We lost so much that first our own word must be worth something again.
    expect(gone(run(40_000 * MS, (peer) => peer !== bob))).toHaveLength(1);
  });

  test('what a server in doubt has left at last is for its own use only as well', () => {
    doubt(1, 2);
    observers = [self, bob, idOf(2)];
    const declared = gone(run(60_000 * MS));
    expect(declared.map(({ spread }) => spread)).toEqual([false, false]);
  });

  test('when all have refused us there is nobody left to ask: gone, for our own use only', () => {
    for (const number of [1, 2, 3, 4]) step(0, { type: 'watch', peer: idOf(number) });
    for (const number of [1, 2, 3, 4]) step(10, { type: 'refused', peer: idOf(number) });
    expect(gone(run(500 * MS + 9))).toEqual([]);
    const declared = gone(run(500 * MS + 10));
    expect(declared).toHaveLength(4);
    expect(declared[0]).toMatchObject({ spread: false, proof: 'silent' });
  });

  test('of two servers, one that is silent is gone in time', () => {
    observers = [self, bob];
    doubt(1);
    expect(gone(run(END - 1))).toEqual([]);
    expect(gone(run(END))).toMatchObject([{ spread: true }]);
  });

  test('the time that this process stood still is nobody else’s silence', () => {
    observers = [self, bob];
    doubt(1);
    run(2_000 * MS);
    const due = detector.deadline();
    // The tick comes late: bob gets all the time that was left, and its probes.
    expect(step(due + stall, { type: 'tick' }).some(({ type }) => type === 'gone')).toBe(false);
    expect(gone(run(END - 1 + stall))).toEqual([]);
    expect(gone(run(END + 250 * MS + stall))).toHaveLength(1);
  });

  /** Bob is to be counted out in a moment, and all have voted against him. */
  const beforeTheCount = () => {
    doubt(1);
    run(END - 250 * MS);
    for (const number of [2, 3, 4]) {
      step(END - 249 * MS, { type: 'voted', subject: bob, from: idOf(number), verdict: 'silent' });
    }
    return END - 250 * MS;
  };
  const typesOf = (effects: DetectorEffect[]) => new Set(effects.map(({ type }) => type));

  test.each([1_000, 60_000])(
    'a stall of %i ms before the count has votes asked for again',
    (ms) => {
      const woken = beforeTheCount() + 250 * MS + ms * MS;
      expect(typesOf(step(woken, { type: 'tick' }))).toEqual(new Set(['probe', 'ask']));
      expect(gone(run(woken + 250 * MS - 1))).toEqual([]);
      step(woken + 250 * MS - 1, { type: 'voted', subject: bob, from: idOf(2), verdict: 'silent' });
      expect(gone(run(woken + 250 * MS))).toHaveLength(1);
    },
  );

  test('and so does a second one, if the votes are stale by then', () => {
    const woken = beforeTheCount() + stall;
    step(woken, { type: 'tick' });
    const effects = step(woken + stall, { type: 'tick' });
    effects.push(...run(woken + stall + 240 * MS).map(({ effect }) => effect));
    expect(typesOf(effects).has('ask')).toBe(true);
    expect(typesOf(effects).has('gone')).toBe(false);
  });

  test('what arrives first after a stall may be an answer: no tick is needed to notice', () => {
    observers = [self, bob];
    doubt(1);
    step(detector.deadline() + stall, { type: 'doubted', peer: bob });
    expect(gone(run(END - 1 + stall))).toEqual([]);
  });

  test('turns that are far apart do not hide a stall: it is counted from the first that is late', () => {
    observers = [self, bob, idOf(2)];
    for (const number of [1, 2]) step(0, { type: 'watch', peer: idOf(number) });
    run(100 * MS, () => true);
    const due = detector.deadline();
    const log = run(due);
    expect(log).toHaveLength(1);
    // Its ack is waiting to be read when we wake up: no time has passed for it.
    step(due + stall, { type: 'tick' });
    expect(gone(run(due + stall + END - 1))).toEqual([]);
  });

  test('a tick that is late by no more than a timer may be moves nothing', () => {
    observers = [self, bob];
    doubt(1);
    step(detector.deadline() + 100 * MS, { type: 'tick' });
    expect(gone(run(END))).toHaveLength(1);
  });

  test('a process whose every tick is late still comes to a decision', () => {
    doubt(1);
    step(0, { type: 'watch', peer: idOf(4) });
    let declared = 0;
    for (let i = 0; i < 200 && declared === 0; i++) {
      const now = detector.deadline() + 150 * MS;
      for (const effect of step(now, { type: 'tick' })) {
        if (effect.type === 'gone') declared++;
        if (effect.type !== 'probe' || effect.peer === bob) continue;
        step(now, { type: 'acked', peer: effect.peer, seq: effect.seq, turnUs: 4_000 * MS });
      }
    }
    expect(declared).toBe(1);
  });
});
