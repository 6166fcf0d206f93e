import { expect, test } from 'vitest';
import { SeldomLog } from '../../../src/server/seldom-log.ts';
import { StillClock } from '../../support/calls.ts';

test('of a flood there is a line every ten seconds, which says how much there was', () => {
  const clock = new StillClock();
  const lines: unknown[] = [];
  const log = { write: (...line: unknown[]) => lines.push(line) };
  const seldom = new SeldomLog({ clock, log }, 'malformed');
  for (let second = 0; second < 25; second++) {
    for (let i = 0; i < 1_000; i++) seldom.write({ from: i });
    clock.advance(1_000_000);
  }
  expect(lines).toEqual([
    ['warn', 'malformed', { from: 0, count: 1 }],
    ['warn', 'malformed', { from: 0, count: 10_001 }],
    ['warn', 'malformed', { from: 0, count: 20_001 }],
  ]);
});
