import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { ASKERS_MAX } from '../../../src/detector/askers.ts';
import { Detector } from '../../../src/detector/detector.ts';
import type { DetectorEffect, DetectorEvent } from '../../../src/detector/event.ts';
import { detectorProfiles } from '../../../src/detector/profile.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const self = idOf(0);
const bob = idOf(1);
const amy = idOf(2);
const eve = idOf(3);
const { lan } = detectorProfiles;

/** What it is told that asks us. */
describe('answers to other observers', () => {
  let detector: Detector;
  beforeEach(() => {
    const random = new SimRandom('answers');
    const observersOf = () => [self, amy, eve];
    detector = new Detector({ now: 0, self, random, profile: lan, observersOf });
  });

  const step = (now: number, event: DetectorEvent): DetectorEffect[] => {
    const out: DetectorEffect[] = [];
    detector.step(now, event, out);
    return out;
  };
  const ask = (now: number, subject = bob, from = amy, isPresent = true) =>
    step(now, { type: 'asked', subject, from, isPresent });
  /** Ticks until `end`, and gives what was sent, as `amy alive` or `probe`. */
  const run = (end: number) => {
    const log: string[] = [];
    for (let due = detector.deadline(); due <= end; due = detector.deadline()) {
      log.push(...said(step(due, { type: 'tick' })).map((each) => `${due / MS} ${each}`));
    }
    return log;
  };
  const names = new Map<ServerId, string>([
    [amy, 'amy'],
    [eve, 'eve'],
  ]);
  const said = (effects: DetectorEffect[]) =>
    effects.flatMap((effect) => {
      if (effect.type === 'vote') return [`${names.get(effect.to)} ${effect.verdict}`];
      return effect.type === 'probe' ? ['probe'] : [];
    });
  const seqOf = (effects: DetectorEffect[]) =>
    effects.find((effect) => effect.type === 'probe')?.seq as number;
  const ack = (now: number, seq: number) =>
    step(now, { type: 'acked', peer: bob, seq, turnUs: 9_000 * MS });

  test('a server that we know to have left is gone, and we ourselves are alive', () => {
    expect(said(ask(0, bob, amy, false))).toEqual(['amy gone']);
    expect(said(ask(0, self, amy))).toEqual(['amy alive']);
    expect(detector.deadline()).toBe(NEVER);
  });

  describe.each(['watched', 'not watched'])('about a server that is %s', (kind) => {
    beforeEach(() => {
      if (kind === 'watched') step(0, { type: 'watch', peer: bob });
    });

    test('we look at once, and tell all that asked as soon as it answers', () => {
      const asked = ask(1);
      expect(said(asked)).toEqual(['amy unsure', 'probe']);
      expect(asked.find(({ type }) => type === 'probe')).toMatchObject({ peer: bob, urgent: true });
      // The probe is out already.
      expect(said(ask(2, bob, eve))).toEqual(['eve unsure']);
      expect(said(ack(3, seqOf(asked)))).toEqual(['amy alive', 'eve alive']);
      expect(said(ack(4, seqOf(asked)))).toEqual([]);
    });

    test('the same question is answered again, by a new look', () => {
      ack(2, seqOf(ask(1)));
      const again = ask(10 * MS);
      expect(said(again)).toEqual(['amy unsure', 'probe']);
      expect(said(ack(11 * MS, seqOf(again)))).toEqual(['amy alive']);
    });

    test('it is told when silence becomes an answer, and that may be the last word', () => {
      const asked = ask(1);
      const log = run(1_000 * MS + 1);
      const silent = log.filter((each) => each.endsWith('amy silent'));
      expect(silent).toHaveLength(1);
      expect(said(ask(1_001 * MS, bob, eve))[0]).toBe('eve silent');
      expect(said(ack(1_002 * MS, seqOf(asked)))).toEqual(['amy alive', 'eve alive']);
    });

    test('a dial that is refused is told', () => {
      ask(1);
      expect(said(step(2, { type: 'refused', peer: bob }))).toContain('amy gone');
      expect(said(ask(3))[0]).toBe('amy gone');
    });

    test('who asked more than 5 s ago is told nothing more', () => {
      const asked = ask(1);
      run(5_000 * MS);
      ask(5_000 * MS, bob, eve);
      expect(said(ack(5_000 * MS + 1, seqOf(asked)))).toEqual(['eve alive']);
    });

    test('as many askers are remembered as there may be observers, and no more', () => {
      const asked = ask(1, bob, idOf(100));
      for (let number = 101; number < 100 + 2 * ASKERS_MAX; number++) ask(2, bob, idOf(number));
      expect(ack(3, seqOf(asked))).toHaveLength(ASKERS_MAX);
    });
  });

  test('of one that is watched meanwhile, those that asked before are told', () => {
    ask(1);
    step(2, { type: 'watch', peer: bob });
    expect(said(step(3, { type: 'refused', peer: bob }))).toContain('amy gone');
  });

  test('a subject that we do not watch is forgotten 5 s after the last question', () => {
    ask(1);
    ask(2_000 * MS);
    const log = run(60_000 * MS);
    expect(log.filter((each) => each.endsWith('probe')).length).toBeLessThanOrEqual(14);
    expect(detector.deadline()).toBe(NEVER);
  });

  test('256 such subjects are probed, the one asked for the longest ago goes first', () => {
    for (let number = 1; number <= 300; number++) ask(number, idOf(1_000 + number));
    const probed = new Set<ServerId>();
    for (let due = detector.deadline(); due < 600 * MS; due = detector.deadline()) {
      for (const effect of step(due, { type: 'tick' })) {
        if (effect.type === 'probe') probed.add(effect.peer);
      }
    }
    expect(probed.size).toBe(256);
    expect(probed.has(idOf(1_044))).toBe(false);
    expect(probed.has(idOf(1_045))).toBe(true);
  });
});
