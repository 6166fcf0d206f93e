import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { limits } from '../../../src/limits.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Verifier, type VerifierEffect } from '../../../src/membership/verifier.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf, memberOf } from '../../support/members.ts';

const { hintMs, askMs, tries, paceMs, batch, insistMs, forgetMs } = lan.verifier;
const bob = memberOf(1);
const cid = memberOf(2);

describe('the verifier', () => {
  let verifier: Verifier;
  beforeEach(() => {
    verifier = new Verifier(new SimRandom('verifier'), lan.verifier);
  });

  const tick = (ms: number): VerifierEffect[] => {
    const out: VerifierEffect[] = [];
    verifier.tick(ms * MS, out);
    return out;
  };
  const retry = (ms: number, member = bob): VerifierEffect[] => {
    const out: VerifierEffect[] = [];
    verifier.retry(ms * MS, member, out);
    return out;
  };
  const mismatched = (ms: number, member = bob): VerifierEffect[] => {
    const out: VerifierEffect[] = [];
    verifier.mismatched(ms * MS, member.id, out);
    return out;
  };
  const seqOf = (effect: VerifierEffect | undefined) =>
    effect?.type === 'verify' ? effect.seq : Number.NaN;

  /** Steps at each deadline up to and with `untilMs`: what came when. */
  const run = (untilMs: number): (readonly [number, VerifierEffect])[] => {
    const all: (readonly [number, VerifierEffect])[] = [];
    while (verifier.deadline() <= untilMs * MS) {
      const ms = verifier.deadline() / MS;
      for (const effect of tick(ms)) all.push([ms, effect]);
    }
    return all;
  };

  /** Bob does not answer, from 0 on; when that is known. */
  const failBob = (): number => {
    verifier.examine(0, bob, true);
    const failed = run(60_000).find(([, { type }]) => type === 'unanswered');
    return failed?.[0] as number;
  };

  test('waits for nothing when there is nothing to verify', () => {
    expect(verifier.deadline()).toBe(NEVER);
    expect(tick(0)).toEqual([]);
    expect(verifier.size).toBe(0);
  });

  test('lets a hint wait for the news that makes it needless, and not longer', () => {
    verifier.examine(0, bob, false);
    expect(verifier.deadline()).toBe(hintMs * MS);
    expect(tick(hintMs - 0.001)).toEqual([]);
    expect(tick(hintMs)).toMatchObject([{ type: 'verify', hint: bob }]);
  });

  test('asks at once when no news can be on its way', () => {
    verifier.examine(0, bob, true);
    expect(tick(0)).toMatchObject([{ type: 'verify', hint: bob }]);
  });

  test('asks nothing of what was settled meanwhile', () => {
    verifier.examine(0, bob, false);
    verifier.settle(bob.id);
    expect(run(60_000)).toEqual([]);
    expect(verifier.size).toBe(0);
    expect(verifier.deadline()).toBe(NEVER);
  });

  test('asks a few times, each time by another number, and then says that nobody answered', () => {
    verifier.examine(0, bob, true);
    const all = run(60_000);
    const asked = all.slice(0, tries);
    expect(asked.map(([ms]) => ms)).toEqual(Array.from({ length: tries }, (_, i) => i * askMs));
    expect(new Set(asked.map(([, effect]) => seqOf(effect))).size).toBe(tries);
    expect(all.slice(tries)).toEqual([[tries * askMs, { type: 'unanswered', hint: bob }]]);
    expect(verifier.size).toBe(0);
    expect(verifier.deadline()).toBe(NEVER);
  });

  test('keeps asking when another server settles', () => {
    verifier.examine(0, bob, true);
    verifier.examine(0, cid, true);
    tick(0);
    verifier.settle(cid.id);
    expect(run(60_000).map(([, { hint }]) => hint.id)).toEqual(Array(tries).fill(bob.id));
  });

  test('knows by the number whom it asked, also of earlier questions, until it is settled', () => {
    verifier.examine(0, bob, true);
    verifier.examine(0, cid, true);
    const first = tick(0);
    const second = tick(askMs);
    for (const round of [first, second]) {
      expect(round.map((effect) => verifier.subjectOf(seqOf(effect)))).toEqual([bob.id, cid.id]);
    }
    expect(verifier.subjectOf(seqOf(second[1]) + 1)).toBeUndefined();
    verifier.settle(bob.id);
    expect(verifier.subjectOf(seqOf(first[0]))).toBeUndefined();
    expect(verifier.subjectOf(seqOf(first[1]))).toBe(cid.id);
  });

  test('takes up a better hint for the questions to come, and no worse one', () => {
    verifier.examine(0, { ...bob, incarnation: 2 }, false);
    verifier.examine(0, { ...bob, incarnation: 1 }, true);
    expect(tick(hintMs)).toMatchObject([{ hint: { incarnation: 2, left: false } }]);
    verifier.examine(hintMs * MS, { ...bob, incarnation: 2, left: true }, false);
    expect(verifier.size).toBe(1);
    expect(tick(hintMs + askMs)).toMatchObject([{ hint: { incarnation: 2, left: true } }]);
  });

  test('spreads many questions: no more than a batch at one pace', () => {
    const count = 5 * batch + 1;
    for (let n = 1; n <= count; n++) verifier.examine(0, memberOf(n), true);
    const first = run(askMs - 1);
    const sizes = [0, 1, 2, 3, 4, 5].map((i) => first.filter(([ms]) => ms === i * paceMs).length);
    expect(sizes).toEqual([batch, batch, batch, batch, batch, 1]);
    expect(first.map(([, { hint }]) => hint.id).sort()).toEqual(
      Array.from({ length: count }, (_, i) => idOf(i + 1)),
    );
  });

  test('asks what cannot wait at once, though much else waits for its news', () => {
    for (let n = 1; n <= 5 * batch; n++) verifier.examine(0, memberOf(n), false);
    const hint = memberOf(5 * batch + 1);
    verifier.examine(1 * MS, hint, true);
    expect(run(1)).toMatchObject([[1, { type: 'verify', hint }]]);
  });

  test('begins a new batch for hints that come later', () => {
    for (let n = 1; n <= batch; n++) verifier.examine(0, memberOf(n), true);
    verifier.examine(1 * MS, memberOf(batch + 1), true);
    expect(run(5)).toHaveLength(batch + 1);
  });

  test('remembers for a while that one did not answer, and then lets a peer insist', () => {
    const failedAt = failBob();
    const at = (ms: number) => [
      verifier.hasFailed((failedAt + ms) * MS, bob.id),
      verifier.isInsistedOn((failedAt + ms) * MS, bob.id),
    ];
    expect(at(0)).toEqual([true, false]);
    expect(at(insistMs - 0.001)).toEqual([true, false]);
    expect(at(insistMs + 0.001)).toEqual([false, true]);
    expect(at(forgetMs)).toEqual([false, true]);
    expect(at(forgetMs + 0.001)).toEqual([false, false]);
    expect(verifier.hasFailed(failedAt * MS, cid.id)).toBe(false);
    expect(verifier.isInsistedOn((failedAt + insistMs) * MS, cid.id)).toBe(false);
  });

  test('forgets that one did not answer as soon as better is known', () => {
    const failedAt = failBob();
    verifier.settle(bob.id);
    expect(verifier.hasFailed(failedAt * MS, bob.id)).toBe(false);
    expect(verifier.isInsistedOn((failedAt + insistMs) * MS, bob.id)).toBe(false);
  });

  test('tries a silent server once, at once, and remembers nothing of it', () => {
    const [asked, ...more] = retry(7);
    expect(asked).toMatchObject({ type: 'verify', hint: bob });
    expect(more).toEqual([]);
    expect(verifier.subjectOf(seqOf(asked))).toBe(bob.id);
    expect(tick(7 + askMs - 0.001)).toEqual([]);
    expect(verifier.subjectOf(seqOf(asked))).toBe(bob.id);
    expect(tick(7 + askMs)).toEqual([]);
    expect(verifier.subjectOf(seqOf(asked))).toBeUndefined();
    expect(verifier.hasFailed((7 + askMs) * MS, bob.id)).toBe(false);
    expect(verifier.deadline()).toBe(NEVER);
  });

  test('tries none that is being asked already', () => {
    verifier.examine(0, bob, true);
    expect(retry(0)).toEqual([]);
    expect(run(60_000)).toHaveLength(tries + 1);
  });

  test('examines a hint about one that is being tried, and asks it as often as any other', () => {
    retry(0);
    verifier.examine(1 * MS, bob, true);
    const all = run(60_000).map(([, { type }]) => type);
    expect(all).toEqual([...Array(tries).fill('verify'), 'unanswered']);
  });

  test('knows that a server is not there when another one answers in its place', () => {
    verifier.examine(0, bob, true);
    tick(0);
    expect(mismatched(1)).toEqual([{ type: 'unanswered', hint: bob }]);
    expect(verifier.hasFailed(1 * MS, bob.id)).toBe(true);
    expect(mismatched(2)).toEqual([]);
    retry(3, cid);
    expect(mismatched(4, cid)).toEqual([]);
    expect(verifier.size).toBe(0);
  });

  test('verifies no more servers at once than its bound', () => {
    for (let n = 1; n <= limits.verificationsMax + 5; n++) verifier.examine(0, memberOf(n), true);
    expect(verifier.size).toBe(limits.verificationsMax);
    const better = memberOf(1, { incarnation: 1 });
    verifier.examine(0, better, true);
    expect(tick(0)[0]?.hint).toBe(better);
  });

  test('remembers no more failures than its bound, and forgets the oldest', () => {
    const count = limits.verificationsMax + 1;
    for (let n = 1; n <= count; n++) {
      verifier.examine(0, memberOf(n), true);
      mismatched(n / 1_000, memberOf(n));
    }
    const failed = (n: number) => verifier.hasFailed(count, idOf(n));
    expect([failed(1), failed(2), failed(count)]).toEqual([false, true, true]);
  });
});
