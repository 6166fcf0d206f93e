import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Scheduler } from '../../../sim/index.ts';

type Step =
  | { readonly type: 'push'; readonly afterUs: number }
  | { readonly type: 'cancel'; readonly pick: number }
  | { readonly type: 'run' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('push' as const), afterUs: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('cancel' as const), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('run' as const) }) },
);

/** Runs the same steps on the queue and on a sorted array, and compares what comes out. */
function compare(steps: readonly Step[]): void {
  const scheduler = new Scheduler();
  const fired: number[] = [];
  const actor = { actor: 0, fire: (_kind: number, a: number) => fired.push(a) };
  const model: { at: number; label: number }[] = [];
  const ids: { id: number; label: number }[] = [];
  const expected: number[] = [];

  const run = () => {
    const next = model.shift();
    expect(scheduler.runNext()).toBe(next !== undefined);
    if (next === undefined) return;
    expected.push(next.label);
    expect(scheduler.now).toBe(next.at);
  };

  steps.forEach((one, label) => {
    if (one.type === 'push') {
      const at = scheduler.now + one.afterUs;
      ids.push({ id: scheduler.push(at, actor, 1, label, 0, undefined), label });
      const behind = model.findIndex((other) => other.at > at);
      model.splice(behind < 0 ? model.length : behind, 0, { at, label });
    } else if (one.type === 'run') run();
    else {
      // Also events that have happened, and events cancelled before.
      const picked = ids[one.pick % Math.max(1, ids.length)];
      if (picked === undefined) return;
      scheduler.cancel(picked.id);
      const index = model.findIndex((other) => other.label === picked.label);
      if (index >= 0) model.splice(index, 1);
    }
    expect(scheduler.pending).toBe(model.length);
  });
  while (model.length > 0) run();
  run();
  expect(fired).toEqual(expected);
  expect(scheduler.executed).toBe(expected.length);
}

describe('scheduler', () => {
  test('events come out by time, those of one time in order of scheduling, cancelled ones never', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), compare));
  });

  test('the order holds while the queue grows and is rebuilt', () => {
    fc.assert(
      fc.property(fc.integer(), (salt) => {
        const pushes = Array.from({ length: 3_000 }, (_, i): Step => {
          return { type: 'push', afterUs: Math.imul(i + 1, 0x9e3779b1 ^ salt) >>> 20 };
        });
        const cancels = Array.from({ length: 4_000 }, (_, i): Step => {
          return { type: 'cancel', pick: Math.imul(i, 0x85ebca6b ^ salt) >>> 8 };
        });
        compare([...pushes, ...cancels, ...pushes.slice(0, 500)]);
      }),
      { numRuns: 5 },
    );
  });

  test('cancelled events do not pile up, however far in the future', () => {
    const scheduler = new Scheduler();
    const actor = { actor: 0, fire: () => {} };
    scheduler.push(1, actor, 1, 0, 0, undefined);
    // More than there may be at once.
    for (let i = 0; i < 9_000_000; i++) {
      scheduler.cancel(scheduler.push(1_000_000, actor, 1, 0, 0, undefined));
    }
    expect(scheduler.pending).toBe(1);
  });

  test('an event may schedule another for its own time, which comes after those of that time', () => {
    const scheduler = new Scheduler();
    const order: number[] = [];
    const actor = {
      actor: 0,
      fire: (_kind: number, a: number) => {
        order.push(a);
        if (a === 1) scheduler.push(5, actor, 1, 3, 0, undefined);
      },
    };
    scheduler.push(5, actor, 1, 1, 0, undefined);
    scheduler.push(5, actor, 1, 2, 0, undefined);
    while (scheduler.runNext());
    expect(order).toEqual([1, 2, 3]);
  });

  test('scheduling in the past is a bug', () => {
    const scheduler = new Scheduler();
    const actor = { actor: 0, fire: () => {} };
    scheduler.push(5, actor, 1, 0, 0, undefined);
    scheduler.runNext();
    scheduler.push(5, actor, 1, 0, 0, undefined);
    expect(() => scheduler.push(4, actor, 1, 0, 0, undefined)).toThrow('in the past');
    expect(() => scheduler.push(Number.NaN, actor, 1, 0, 0, undefined)).toThrow('in the past');
  });
});
