import { beforeEach, describe, expect, test } from 'vitest';
import { Comeback } from '../../../src/membership/comeback.ts';
import { lan } from '../../../src/membership/profile.ts';
import { NEVER, SECOND } from '../../../src/time.ts';

const MINUTE = 60 * SECOND;

describe('a server that is taken for gone', () => {
  let comeback: Comeback;
  beforeEach(() => {
    comeback = new Comeback(lan.comeback);
  });

  /** Is accused, and returns as soon as it may; how long that took. */
  const accusedAndBack = (now: number, incarnation = 0): number => {
    comeback.accused(now, incarnation);
    const due = comeback.deadline();
    if (due > now) expect(comeback.tick(due - 1, true)).toBeUndefined();
    expect(comeback.tick(due, true)).toBe(incarnation);
    expect(comeback.isAway).toBe(false);
    return due - now;
  };

  test('waits for nothing while nobody takes it for gone', () => {
    expect(comeback.isAway).toBe(false);
    expect(comeback.deadline()).toBe(NEVER);
    expect(comeback.tick(0, true)).toBeUndefined();
    expect(comeback.tick(10 * MINUTE, true)).toBeUndefined();
  });

  test('comes back at once the first time', () => {
    comeback.accused(7, 3);
    expect(comeback.isAway).toBe(true);
    expect(comeback.deadline()).toBe(7);
    expect(comeback.tick(7, true)).toBe(3);
    expect(comeback.isAway).toBe(false);
    expect(comeback.deadline()).toBe(NEVER);
    expect(comeback.tick(8, true)).toBeUndefined();
  });

  test('stays away for longer each time, up to half an hour', () => {
    let now = 0;
    const delays: number[] = [];
    for (let round = 0; round < 7; round++) {
      const delay = accusedAndBack(now, round);
      delays.push(delay / SECOND);
      now += delay + MINUTE;
    }
    expect(delays).toEqual([0, 30, 90, 270, 810, 1_800, 1_800]);
  });

  test('is forgiven after more than five minutes of calm, and not sooner', () => {
    expect(accusedAndBack(0)).toBe(0);
    expect(accusedAndBack(5 * MINUTE)).toBe(30 * SECOND);
    const back = 5 * MINUTE + 30 * SECOND;
    expect(accusedAndBack(back + 5 * MINUTE)).toBe(90 * SECOND);
    const again = back + 5 * MINUTE + 90 * SECOND;
    expect(accusedAndBack(again + 5 * MINUTE + 1)).toBe(0);
  });

  test('comes back only while its own neighbours answer it, and looks every second', () => {
    comeback.accused(0, 4);
    expect(comeback.tick(0, false)).toBeUndefined();
    expect(comeback.isAway).toBe(true);
    expect(comeback.deadline()).toBe(SECOND);
    expect(comeback.tick(SECOND - 1, true)).toBeUndefined();
    expect(comeback.tick(SECOND, false)).toBeUndefined();
    expect(comeback.tick(2 * SECOND, true)).toBe(4);
  });

  test('outweighs the highest of what it is accused of, without waiting anew', () => {
    accusedAndBack(0);
    comeback.accused(SECOND, 1);
    comeback.accused(2 * SECOND, 6);
    comeback.accused(3 * SECOND, 5);
    expect(comeback.deadline()).toBe(31 * SECOND);
    expect(comeback.tick(31 * SECOND, true)).toBe(6);
  });
});
