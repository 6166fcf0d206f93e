import { expect, test } from 'vitest';
import type { Owned } from '../../../src/host/index.ts';
import { limits } from '../../../src/limits.ts';
import { endAll } from '../../../src/server/ending.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { StillClock } from '../../support/calls.ts';

/** What runs: as much as the test says, and how it was told to end. */
class Played implements Owned {
  left: number;
  readonly told: string[] = [];

  constructor(left: number) {
    this.left = left;
  }

  terminate(): void {
    this.told.push('terminate');
  }

  kill(): void {
    this.told.push('kill');
  }
}

function end(all: readonly Owned[], graceUs = limits.processGraceMs * MS) {
  const clock = new StillClock();
  const state = { over: 0 };
  const ending = endAll(clock, all, { graceUs, over: () => void state.over++ });
  return { clock, state, ending };
}

test('where nothing runs it is over at once, and nobody is told anything', () => {
  const none = new Played(0);
  expect(end([none]).state.over).toBe(1);
  expect(none.told).toEqual([]);
});

test('it is over once, a look after the last has ended', () => {
  const [processes, containers] = [new Played(2), new Played(1)];
  const { clock, state } = end([processes, containers]);
  expect([processes.told, containers.told]).toEqual([['terminate'], ['terminate']]);
  processes.left = 0;
  clock.advance(SECOND);
  expect(state.over).toBe(0);
  containers.left = 0;
  clock.advance(10 * MS);
  expect(state.over).toBe(1);
  clock.advance(20 * SECOND);
  expect([state.over, ...processes.told, ...containers.told]).toEqual([
    1,
    'terminate',
    'terminate',
  ]);
});

test('what has not ended within the grace is killed then, and not before', () => {
  const stubborn = new Played(1);
  const { clock, state } = end([stubborn]);
  clock.advance(5 * SECOND - 1);
  expect(stubborn.told).toEqual(['terminate']);
  clock.advance(1);
  expect(stubborn.told).toEqual(['terminate', 'kill']);
  stubborn.left = 0;
  clock.advance(10 * MS);
  expect(state.over).toBe(1);
});

test('what does not end even when it is killed is waited for two seconds', () => {
  const undead = new Played(1);
  const { clock, state } = end([undead]);
  clock.advance(7 * SECOND - 1);
  expect(state.over).toBe(0);
  clock.advance(1);
  expect(state.over).toBe(1);
});

test('in a hurry, what is left is killed at once, and only once', () => {
  const stubborn = new Played(1);
  const { clock, state, ending } = end([stubborn]);
  clock.advance(SECOND);
  ending.hurry();
  ending.hurry();
  expect(stubborn.told).toEqual(['terminate', 'kill']);
  clock.advance(2 * SECOND);
  expect([state.over, stubborn.told.length]).toEqual([1, 2]);
});

test('without a grace it is killed at once', () => {
  const stubborn = new Played(1);
  end([stubborn], 0);
  expect(stubborn.told).toEqual(['terminate', 'kill']);
});
