import { beforeEach, describe, expect, test } from 'vitest';
import { Comeback } from '../../../src/membership/comeback.ts';
import { lan } from '../../../src/membership/profile.ts';
import { MS, NEVER, SECOND } from '../../../src/time.ts';

const { firstMs, againMs, factor, againMaxMs, calmMs, lookMs } = lan.comeback;

describe('a server that is taken for gone', () => {
  let comeback: Comeback;
  beforeEach(() => {
    comeback = new Comeback(lan.comeback);
  });

  /** Looks whenever it is time, until it returns, after so many ms; `isWell` at each from the start. */
  const back = (now: number, isWell: (ms: number) => boolean = () => true): number => {
    for (;;) {
      const due = comeback.deadline();
      expect(due).toBeLessThanOrEqual(now + 4_000 * SECOND);
      if (due > 0) expect(comeback.tick(due - 1, true)).toBe(false);
      if (!comeback.tick(due, isWell((due - now) / MS))) continue;
      expect(comeback.isAway).toBe(false);
      expect(comeback.deadline()).toBe(NEVER);
      return (due - now) / MS;
    }
  };
  const accusedAndBack = (now: number): number => {
    comeback.accused(now);
    return back(now);
  };

  test('waits for nothing while nobody takes it for gone', () => {
    expect(comeback.isAway).toBe(false);
    expect(comeback.deadline()).toBe(NEVER);
    expect(comeback.tick(0, true)).toBe(false);
    expect(comeback.tick(600 * SECOND, true)).toBe(false);
  });

  test('comes back once it has been well for a short while, the first time', () => {
    comeback.accused(7);
    expect(comeback.isAway).toBe(true);
    expect(comeback.deadline()).toBe(7);
    expect(back(7)).toBe(firstMs);
  });

  test('must have been well for longer each time, up to a bound', () => {
    let now = 0;
    const delays: number[] = [];
    for (let round = 0; round < 9; round++) {
      const delay = accusedAndBack(now);
      delays.push(delay);
      now += (delay + calmMs / 2) * MS;
    }
    const grown = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => Math.min(againMs * factor ** n, againMaxMs));
    expect(delays).toEqual([firstMs, ...grown]);
    expect(delays.at(-1)).toBe(againMaxMs);
  });

  test('is forgiven after more than a calm time, and not sooner', () => {
    let now = 0;
    const delayAfter = (ms: number) => {
      now += ms * MS;
      const delay = accusedAndBack(now);
      now += delay * MS;
      return delay;
    };
    expect(delayAfter(0)).toBe(firstMs);
    expect(delayAfter(calmMs)).toBe(againMs);
    expect(delayAfter(calmMs)).toBe(againMs * factor);
    expect(delayAfter(calmMs + 1)).toBe(firstMs);
    expect(delayAfter(calmMs)).toBe(againMs);
  });

  test('begins anew to wait when its neighbours do not answer it', () => {
    comeback.accused(0);
    expect(back(0, (ms) => ms >= 3 * lookMs)).toBe(3 * lookMs + firstMs);
    comeback.accused(100 * SECOND);
    // Well but for a moment, shortly before it is time.
    const again = back(100 * SECOND, (ms) => ms < againMs - lookMs || ms > againMs - lookMs);
    expect(again).toBe(againMs + againMs);
  });

  test('begins anew to wait when the process stood still', () => {
    comeback.accused(0);
    expect(comeback.tick(0, true)).toBe(false);
    expect(comeback.tick(60 * SECOND, true)).toBe(false);
    expect(back(60 * SECOND)).toBe(firstMs);
  });

  test('looks often while it is away', () => {
    comeback.accused(0);
    expect(comeback.tick(0, true)).toBe(false);
    expect(comeback.deadline()).toBe(lookMs * MS);
    expect(comeback.tick(lookMs * MS, false)).toBe(false);
    expect(comeback.deadline()).toBe(2 * lookMs * MS);
  });

  test('does not wait anew when it is accused again meanwhile', () => {
    comeback.accused(0);
    comeback.accused(SECOND);
    comeback.accused(firstMs * MS - 1);
    expect(back(0)).toBe(firstMs);
  });
});
