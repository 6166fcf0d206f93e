import { expect, test } from 'vitest';
import { onGivingUp } from '../../../src/client/giving-up.ts';
import type { CircuitError } from '../../../src/errors.ts';
import { SECOND } from '../../../src/time.ts';
import { StillClock } from '../../support/calls.ts';

function waiting() {
  const clock = new StillClock();
  const aborting = new AbortController();
  const told: string[] = [];
  const how = { signal: aborting.signal, timeoutMs: 1_000 };
  const stop = onGivingUp(clock, how, (error: CircuitError) => void told.push(error.code));
  return { clock, abort: () => aborting.abort(), told, stop };
}

test('who is told to give up does so once, and is not late besides', () => {
  const { clock, abort, told } = waiting();
  clock.advance(SECOND - 1);
  abort();
  clock.advance(SECOND);
  expect([told, clock.waiting]).toEqual([['CANCELLED'], 0]);
});

test('who is late gives up once, and is not told to besides', () => {
  const { clock, abort, told } = waiting();
  clock.advance(SECOND - 1);
  expect(told).toEqual([]);
  clock.advance(1);
  abort();
  expect([told, clock.waiting]).toEqual([['TIMEOUT'], 0]);
});

test('who has what it waited for never gives up', () => {
  const { clock, abort, told, stop } = waiting();
  stop();
  abort();
  clock.advance(2 * SECOND);
  expect([told, clock.waiting]).toEqual([[], 0]);
});
