/** What the figures of a soak say. */

import { expect, test } from 'vitest';
import { judge } from '../../../tools/soak-real/judging.ts';
import type { Sample } from '../../../tools/soak-real/sampler.ts';
import { slopeOf } from '../../../tools/soak-real/slope.ts';
import type { SoakResult } from '../../../tools/soak-real/soak.ts';

test('the slope of a line is its own, whatever a few points say', () => {
  const line = Array.from({ length: 50 }, (_, at) => ({ at, value: 3 + 2 * at }));
  expect(slopeOf(line)).toBeCloseTo(2);
  const odd = line.map((point) => (point.at % 10 === 0 ? { ...point, value: 1e6 } : point));
  expect(slopeOf(odd)).toBeCloseTo(2, 0);
  expect(slopeOf([{ at: 1, value: 2 }])).toBeUndefined();
  expect(slopeOf(Array.from({ length: 5_000 }, (_, at) => ({ at, value: -at })))).toBeCloseTo(-1);
});

const MINUTE = 60;

/** Samples of one server, every 10 s of that many minutes. */
function measured(minutes: number, figures: (at: number) => Partial<Sample>): SoakResult {
  const samples = Array.from({ length: minutes * 6 }, (_, index): Sample => {
    const at = index * 10;
    return {
      ...{ at, name: 's1', id: 'X1', residentMib: 80, codeMib: 3, descriptors: 30 },
      ...{ threads: 11, children: 1, zombies: 0, own: undefined, ...figures(at) },
    };
  });
  const counts = { kill: 0, leave: 0, pause: 0, freeze: 0, restarts: 0, rounds: 0 };
  return {
    warmUp: { seconds: 1, operations: 1, codeMib: 3, isComplete: true },
    ...{ loadFrom: 0, loadTo: minutes * MINUTE, samples, steady: ['s1'] },
    ...{ before: samples.slice(0, 1), after: samples.slice(-1), operations: {} },
    ...{ operationCount: 0, disturbances: counts, agreedAfter: [], serversStarted: 1 },
    histories: { byKind: {}, operations: 0, longest: 0, steps: 0, stepsMax: 0 },
    ...{ violationCount: 0, violations: [], leftElements: 0, orphans: [], driverMib: 1 },
  };
}

test('what rises before the warm-up is over, and goes up and down, is flat', () => {
  const result = measured(30, (at) => ({
    residentMib: Math.min(90, 60 + at / 10) + Math.sin(at) * 4,
  }));
  const { isFlat, figures } = judge(result);
  expect(isFlat).toBe(true);
  expect(Math.abs(figures[0]?.residentRise ?? 9)).toBeLessThan(1);
});

test('what rises by more than a MiB in ten minutes is not, nor are descriptors', () => {
  const memory = measured(30, (at) => ({ residentMib: 80 + (1.2 * at) / 600 + Math.sin(at) }));
  expect(judge(memory).isFlat).toBe(false);
  const descriptors = measured(30, (at) => ({ descriptors: 30 + Math.floor(at / 300) }));
  expect(judge(descriptors).isFlat).toBe(false);
});

test('of too short a time nothing is said', () => {
  const result = measured(5, (at) => ({ residentMib: 80 + at }));
  expect(judge(result).isFlat).toBeUndefined();
});
