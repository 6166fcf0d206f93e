import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { Detector } from '../../../src/detector/detector.ts';
import type { DetectorEffect, DetectorEvent, Verdict } from '../../../src/detector/event.ts';
import { detectorProfiles } from '../../../src/detector/profile.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const self = idOf(0);
const bob = idOf(1);
const { lan } = detectorProfiles;

/** From the moment of a miss, or of a doubt. */
const ASK = (lan.suspicionMs - lan.askTimeoutMs) * MS;
const END = lan.suspicionMs * MS;

describe('detector', () => {
  let detector: Detector;
  /** Of everybody; we are ranked first. */
  let observers: ServerId[];
  const begin = (profile = lan) => {
    const random = new SimRandom('detector');
    const observersOf = (subject: ServerId) => observers.filter((id) => id !== subject);
    detector = new Detector({ now: 0, self, random, profile, observersOf });
  };
  beforeEach(() => {
    observers = [self];
    begin();
  });

  const step = (now: number, event: DetectorEvent): DetectorEffect[] => {
    const out: DetectorEffect[] = [];
    detector.step(now, event, out);
    return out;
  };
  const tick = (now: number) => step(now, { type: 'tick' });
  const ack = (now: number, { peer, seq }: { peer: ServerId; seq: number }, turnUs?: number) =>
    step(now, { type: 'acked', peer, seq, turnUs });
  const vote = (now: number, from: ServerId, verdict: Verdict) =>
    step(now, { type: 'voted', subject: bob, from, verdict });
  const only = <T extends DetectorEffect['type']>(effects: DetectorEffect[], type: T) =>
    effects.filter(
      (effect): effect is Extract<DetectorEffect, { type: T }> => effect.type === type,
    );

  /** Ticks whenever it is due, up to and including `end`. */
  const run = (end: number, answer: (peer: ServerId) => boolean = () => false) => {
    const log: { at: number; effect: DetectorEffect }[] = [];
    for (let due = detector.deadline(); due <= end; due = detector.deadline()) {
      for (const effect of tick(due)) {
        log.push({ at: due, effect });
        if (effect.type === 'probe' && answer(effect.peer)) ack(due, effect, 10_000 * MS);
      }
    }
    return log;
  };
  const gone = (log: ReturnType<typeof run>) =>
    log.flatMap(({ at, effect }) => (effect.type === 'gone' ? [{ at, ...effect }] : []));
  const asks = (log: ReturnType<typeof run>) =>
    log.flatMap(({ at, effect }) => (effect.type === 'ask' ? [{ at, to: effect.to }] : []));

  /** Watches bob; returns his first probe, which gets no answer. */
  const missBob = () => {
    step(0, { type: 'watch', peer: bob });
    const at = detector.deadline();
    const [probe] = only(tick(at), 'probe');
    expect(probe).toMatchObject({ peer: bob, urgent: false });
    return { at, peer: bob, seq: probe?.seq as number };
  };
  /** Watches bob, and those numbered from 2 to `count`, who observe bob as well. */
  const doubtBob = (count: number) => {
    observers = [self, ...Array.from({ length: count - 1 }, (_, i) => idOf(i + 2))];
    step(0, { type: 'watch', peer: bob });
    step(0, { type: 'doubted', peer: bob });
  };

  describe('probing', () => {
    test('nobody is waited for while nobody is watched; a new neighbour is probed within 100 ms', () => {
      expect(detector.deadline()).toBe(NEVER);
      step(0, { type: 'watch', peer: bob });
      expect(detector.deadline()).toBeGreaterThan(0);
      expect(detector.deadline()).toBeLessThanOrEqual(100 * MS);
      step(5, { type: 'unwatch', peer: bob });
      expect(detector.deadline()).toBe(NEVER);
    });

    test('the next probe arrives when the peer said, a round trip after it was said', () => {
      const first = missBob();
      ack(first.at + 20 * MS, first, 700 * MS);
      expect(detector.deadline()).toBe(first.at + 700 * MS);
      expect(detector.roundTrip(bob)).toBe(20 * MS);
      expect(tick(first.at + 700 * MS - 1)).toEqual([]);
      expect(tick(first.at + 700 * MS)).toMatchObject([{ type: 'probe', urgent: false }]);
    });

    test('an ack that comes after the pong of the same probe still brings the turn', () => {
      const first = missBob();
      ack(first.at + 1, first);
      expect(detector.deadline()).toBeGreaterThanOrEqual(500 * MS);
      ack(first.at + 2, first, 9_000 * MS);
      expect(detector.deadline()).toBe(first.at + 9_000 * MS);
    });

    test('a turn that is no turn is bounded', () => {
      const first = missBob();
      ack(first.at, first, 1e12);
      expect(detector.deadline()).toBe(first.at + 64_000 * MS);
    });

    test('a server that only pongs is probed about once a round', () => {
      observers = [self, idOf(2), idOf(3), idOf(4)];
      const first = missBob();
      ack(first.at, first);
      const log: number[] = [];
      while (log.length < 200) {
        const at = detector.deadline();
        const [probe] = only(tick(at), 'probe');
        log.push(at);
        ack(at, probe as { peer: ServerId; seq: number });
      }
      const mean = ((log.at(-1) as number) - first.at) / log.length;
      expect(mean / MS).toBeGreaterThan(3_700);
      expect(mean / MS).toBeLessThan(4_300);
    });

    test('round trips are smoothed, and those of acks that are late do not count', () => {
      const first = missBob();
      ack(first.at + 80 * MS, first, 1_000 * MS);
      const second = detector.deadline();
      const [probe] = only(tick(second), 'probe');
      tick(second + 500 * MS);
      ack(second + 600 * MS, probe as { peer: ServerId; seq: number }, 1_000 * MS);
      expect(detector.roundTrip(bob)).toBe(80 * MS);
      const third = detector.deadline();
      const [again] = only(tick(third), 'probe');
      ack(third, again as { peer: ServerId; seq: number }, 1_000 * MS);
      expect(detector.roundTrip(bob)).toBe(70 * MS);
      expect(detector.roundTrip(idOf(7))).toBeUndefined();
    });
  });

  describe('suspicion', () => {
    test('a missed ack makes a suspect after 500 ms, which is probed every 500 ms', () => {
      const { at } = missBob();
      expect(tick(at + 500 * MS - 1)).toEqual([]);
      expect(detector.isSuspected(bob)).toBe(false);
      expect(tick(at + 500 * MS)).toMatchObject([{ type: 'probe', urgent: true }]);
      expect(detector.isSuspected(bob)).toBe(true);
      expect(run(at + 1_000 * MS - 1)).toEqual([]);
      expect(tick(at + 1_000 * MS)).toMatchObject([{ type: 'probe', urgent: true }]);
    });

    test('where nobody else observes it, a suspect is gone after 2.75 s, and not a moment sooner', () => {
      const suspected = missBob().at + 500 * MS;
      expect(gone(run(suspected + END - 1))).toEqual([]);
      expect(gone(run(suspected + END))).toEqual([
        { at: suspected + END, type: 'gone', peer: bob, proof: 'silent', spread: true },
      ]);
      expect(detector.deadline()).toBe(NEVER);
    });

    test('an ack clears a suspicion, up to the last moment, and if it answers the first probe', () => {
      const first = missBob();
      run(first.at + 500 * MS + END - 1);
      ack(first.at + 500 * MS + END - 1, first, 9_000 * MS);
      expect(detector.isSuspected(bob)).toBe(false);
      expect(gone(run(first.at + 9_000 * MS))).toEqual([]);
    });

    test('an ack that answers no probe of this silence does not count', () => {
      const first = missBob();
      ack(first.at + 1, first);
      step(first.at + 2, { type: 'doubted', peer: bob });
      ack(first.at + 3, first);
      ack(first.at + 3, { peer: bob, seq: first.seq + 9 });
      ack(first.at + 3, { peer: idOf(2), seq: first.seq + 1 });
      expect(detector.isSuspected(bob)).toBe(true);
    });

    test('an edge that breaks makes a suspect at once, and only once', () => {
      step(0, { type: 'watch', peer: bob });
      expect(step(10, { type: 'doubted', peer: bob })).toMatchObject([{ urgent: true }]);
      expect(step(20, { type: 'doubted', peer: bob })).toEqual([]);
      expect(gone(run(END + 9))).toEqual([]);
      expect(gone(run(END + 10))).toHaveLength(1);
    });

    test('nobody is declared gone before four probes went unanswered, however short the time', () => {
      begin({ ...lan, suspicionMs: 1_000 });
      step(0, { type: 'watch', peer: bob });
      step(0, { type: 'doubted', peer: bob });
      const log = run(20_000 * MS);
      const [declared] = gone(log);
      const probes = log.filter(({ at, effect }) => {
        return effect.type === 'probe' && at < (declared?.at as number);
      });
      // One more was sent when the doubt came.
      expect(probes.length + 1).toBe(4);
    });

    test('health is more than half of those watched beyond suspicion', () => {
      expect(detector.isHealthy()).toBe(true);
      observers = [self, bob];
      expect(detector.isHealthy()).toBe(false);
      for (const number of [1, 2, 3]) step(0, { type: 'watch', peer: idOf(number) });
      expect(detector.isHealthy()).toBe(true);
      step(1, { type: 'doubted', peer: bob });
      expect(detector.isHealthy()).toBe(true);
      step(2, { type: 'doubted', peer: idOf(2) });
      expect(detector.isHealthy()).toBe(false);
    });
  });

  describe('votes', () => {
    test('the others are asked 250 ms after the miss, and again 250 ms before the end', () => {
      doubtBob(3);
      const log = run(ASK);
      expect(asks(log)).toEqual(
        [250 * MS, ASK].flatMap((at) => [2, 3].map((number) => ({ at, to: idOf(number) }))),
      );
    });

    test('a majority of those that answer decides, when the suspicion time is over', () => {
      doubtBob(6);
      run(ASK);
      vote(ASK + 1, idOf(2), 'silent');
      vote(ASK + 1, idOf(4), 'unsure');
      expect(gone(run(END - 1))).toEqual([]);
      expect(gone(run(END))).toMatchObject([{ spread: true, proof: 'silent' }]);
    });

    test('more than half of all may decide against any that are alive', () => {
      doubtBob(3);
      run(ASK);
      vote(ASK + 1, idOf(2), 'gone');
      vote(ASK + 1, idOf(3), 'alive');
      expect(gone(run(END))).toHaveLength(1);
    });

    test('in a tie it stays, and is decided on again after another suspicion time', () => {
      doubtBob(4);
      run(ASK);
      vote(ASK + 1, idOf(2), 'alive');
      expect(gone(run(END))).toEqual([]);
      expect(detector.isSuspected(bob)).toBe(true);
      expect(asks(run(END + ASK - 1))).toEqual([]);
      expect(asks(run(END + ASK))).toHaveLength(3);
      vote(END + ASK, idOf(2), 'silent');
      expect(gone(run(2 * END - 1))).toEqual([]);
      expect(gone(run(2 * END))).toHaveLength(1);
    });

    test('where others answer and none agrees in a second, it stays', () => {
      doubtBob(4);
      run(ASK);
      vote(ASK, idOf(2), 'unsure');
      expect(asks(run(END + 1_000 * MS - 1))).toHaveLength(4 * 3);
      expect(gone(run(END + 1_000 * MS))).toEqual([]);
      expect(asks(run(END + 1_000 * MS + ASK - 1))).toEqual([]);
    });

    test.each([
      { ageUs: 2_000 * MS - 1, count: 0 },
      { ageUs: 2_000 * MS, count: 1 },
    ])('a vote counts for two seconds: $count gone after $ageUs us', ({ ageUs, count }) => {
      doubtBob(4);
      run(END - ageUs);
      for (const number of [2, 3]) vote(END - ageUs, idOf(number), 'alive');
      run(ASK);
      vote(ASK, idOf(4), 'silent');
      // Older ones are reason to ask again, for a second.
      expect(gone(run(END + 1_000 * MS))).toHaveLength(count);
    });

    test('one that is finding out anew keeps its last vote until it knows', () => {
      doubtBob(4);
      run(1_500 * MS);
      vote(1_500 * MS, idOf(2), 'alive');
      run(ASK);
      vote(ASK, idOf(2), 'unsure');
      expect(gone(run(END))).toEqual([]);
    });

    test('votes of those that were not asked, or are no observers, count for nothing', () => {
      doubtBob(4);
      run(ASK);
      for (const number of [7, 8, 9]) vote(ASK, idOf(number), 'alive');
      vote(ASK, idOf(2), 'silent');
      expect(gone(run(END))).toHaveLength(1);
    });

    test('whoever was asked itself does not ask others to look', () => {
      doubtBob(4);
      step(1, { type: 'asked', subject: bob, from: idOf(2), isPresent: true });
      expect(asks(run(ASK - 1))).toEqual([]);
      expect(asks(run(ASK))).toHaveLength(3);
    });

    test('observers act one after the other, by their rank', () => {
      observers = [idOf(2), idOf(3), self];
      step(0, { type: 'watch', peer: bob });
      step(0, { type: 'doubted', peer: bob });
      const log = run(ASK + 50 * MS);
      expect(asks(log).map(({ at }) => at)).toEqual([
        250 * MS,
        250 * MS,
        ASK + 50 * MS,
        ASK + 50 * MS,
      ]);
    });
  });

  describe('refusals', () => {
    test('where nobody else observes it, a refused dial is proof', () => {
      step(0, { type: 'watch', peer: bob });
      expect(only(step(1, { type: 'refused', peer: bob }), 'gone')).toEqual([
        { type: 'gone', peer: bob, proof: 'refused', spread: true },
      ]);
      expect(step(2, { type: 'refused', peer: bob })).toEqual([]);
    });

    test('others are asked at once, and a majority is enough', () => {
      observers = [self, idOf(2), idOf(3), idOf(4)];
      step(0, { type: 'watch', peer: bob });
      expect(only(step(0, { type: 'refused', peer: bob }), 'ask')).toHaveLength(3);
      expect(vote(1, idOf(2), 'gone')).toEqual([]);
      expect(vote(2, idOf(3), 'gone')).toMatchObject([
        { type: 'gone', proof: 'refused', spread: true },
      ]);
    });

    test('after 250 ms those that answered decide', () => {
      observers = [self, idOf(2), idOf(3), idOf(4)];
      step(0, { type: 'watch', peer: bob });
      step(0, { type: 'refused', peer: bob });
      vote(1, idOf(2), 'unsure');
      expect(gone(run(250 * MS - 1))).toEqual([]);
      expect(gone(run(250 * MS))).toMatchObject([{ proof: 'refused', spread: true }]);
    });

    test('a server that only we are refused by stays', () => {
      observers = [self, idOf(2), idOf(3)];
      step(0, { type: 'watch', peer: bob });
      step(0, { type: 'refused', peer: bob });
      for (const number of [2, 3]) vote(1, idOf(number), 'alive');
      expect(gone(run(ASK))).toEqual([]);
      for (const number of [2, 3]) vote(ASK, idOf(number), 'alive');
      expect(gone(run(END))).toEqual([]);
      expect(detector.isSuspected(bob)).toBe(true);
    });

    test('what others said before the refusal is older than it', () => {
      doubtBob(3);
      run(250 * MS);
      for (const number of [2, 3]) vote(260 * MS, idOf(number), 'alive');
      step(300 * MS, { type: 'refused', peer: bob });
      vote(301 * MS, idOf(2), 'unsure');
      expect(gone(run(550 * MS))).toHaveLength(1);
    });

    test('an answer of the server outweighs the refusal', () => {
      observers = [self, idOf(2), idOf(3)];
      step(0, { type: 'watch', peer: bob });
      const [probe] = only(step(0, { type: 'refused', peer: bob }), 'probe');
      ack(1, probe as { peer: ServerId; seq: number }, 5_000 * MS);
      vote(2, idOf(2), 'gone');
      vote(2, idOf(3), 'gone');
      expect(gone(run(4_000 * MS))).toEqual([]);
      expect(detector.isSuspected(bob)).toBe(false);
    });

    test('where no other answers, somebody else’s answer says that it is not us', () => {
      observers = [self, idOf(2), idOf(3)];
      for (const number of [1, 7]) step(0, { type: 'watch', peer: idOf(number) });
      step(0, { type: 'refused', peer: bob });
      expect(gone(run(250 * MS, (peer) => peer === idOf(7)))).toMatchObject([{ spread: true }]);
    });

    test('where nobody answers anything, the others are probed, then it counts as silence', () => {
      observers = [self, idOf(2), idOf(3)];
      for (const number of [1, 7]) step(0, { type: 'watch', peer: idOf(number) });
      run(200 * MS, () => true);
      step(2_000 * MS, { type: 'refused', peer: bob });
      const log = run(2_250 * MS);
      expect(log.some(({ effect }) => effect.type === 'probe' && effect.peer === idOf(7))).toBe(
        true,
      );
      expect(gone(run(2_000 * MS + END))).toEqual([]);
      expect(detector.stretch).toBe(2);
    });
  });
});
