import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MS, NEVER, SECOND } from '../../src/time.ts';
import type { WorldUnderTest } from './worlds.ts';

export function describeClock(world: WorldUnderTest): void {
  describe('clock', () => {
    test('the time is a whole number of microseconds and never goes back', async () => {
      const { clock } = await world.open();
      let last = clock.now();
      const start = last;
      await world.until(() => {
        const now = clock.now();
        expect(Number.isSafeInteger(now)).toBe(true);
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
        return now > start + 3 * MS;
      });
    });

    test('the wall clock tells milliseconds', async () => {
      const { clock } = await world.open();
      expect(Number.isFinite(clock.wall())).toBe(true);
    });

    test('a task runs once its moment is reached, never before, and in order of moments', async () => {
      const { clock } = await world.open();
      const delays = fc.array(fc.integer({ min: 0, max: 20 * MS }), { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(delays, async (delaysUs) => {
          const start = clock.now();
          const ran: number[] = [];
          for (const delayUs of delaysUs) {
            clock.schedule(start + delayUs, () => {
              expect(clock.now()).toBeGreaterThanOrEqual(start + delayUs);
              ran.push(delayUs);
            });
          }
          await world.until(() => ran.length === delaysUs.length);
          expect(ran).toEqual(delaysUs.toSorted((a, b) => a - b));
        }),
        { numRuns: 20 },
      );
    });

    test('tasks of one moment run in the order scheduled', async () => {
      const { clock } = await world.open();
      const at = clock.now() + 5 * MS;
      const ran: number[] = [];
      for (let i = 0; i < 100; i++) clock.schedule(at, () => ran.push(i));
      await world.until(() => ran.length === 100);
      expect(ran).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });

    test('a moment in the past means as soon as possible, but not from within the call', async () => {
      const { clock } = await world.open();
      let late = false;
      let other = false;
      clock.schedule(clock.now() + 10 * SECOND, () => {
        other = true;
      });
      clock.schedule(clock.now() - SECOND, () => {
        late = true;
      });
      expect(late).toBe(false);
      await world.until(() => late);
      expect(other).toBe(false);
    });

    test('a task may schedule, and what it schedules for now does not run within it', async () => {
      const { clock } = await world.open();
      const events: string[] = [];
      clock.schedule(clock.now(), () => {
        clock.schedule(clock.now(), () => events.push('inner'));
        events.push('outer');
      });
      await world.until(() => events.length === 2);
      expect(events).toEqual(['outer', 'inner']);
    });

    test('a cancelled task does not run, whoever cancels it and when', async () => {
      const { clock } = await world.open();
      const at = clock.now() + 5 * MS;
      const ran: string[] = [];
      const early = clock.schedule(at, () => ran.push('cancelled before its moment'));
      clock.schedule(at, () => sibling.cancel());
      const sibling = clock.schedule(at, () => ran.push('cancelled in its moment'));
      clock.schedule(at + 5 * MS, () => ran.push('kept'));
      early.cancel();
      await world.until(() => ran.length > 0);
      expect(ran).toEqual(['kept']);
    });

    test('cancelling is harmless twice, and after the task ran', async () => {
      const { clock } = await world.open();
      let ran = 0;
      const first = clock.schedule(clock.now(), () => {
        ran++;
        first.cancel();
      });
      await world.until(() => ran === 1);
      first.cancel();
      first.cancel();
      clock.schedule(clock.now(), () => ran++);
      await world.until(() => ran === 2);
    });

    test('cancelling one of many leaves the others', async () => {
      const { clock } = await world.open();
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ delayUs: fc.integer({ min: 0, max: 3 * MS }), kept: fc.boolean() })),
          async (tasks) => {
            const start = clock.now() + MS;
            const ran: number[] = [];
            const timers = tasks.map(({ delayUs }) =>
              clock.schedule(start + delayUs, () => ran.push(delayUs)),
            );
            tasks.forEach(({ kept }, i) => {
              if (!kept) timers[i]?.cancel();
            });
            let over = false;
            clock.schedule(start + 3 * MS, () => {
              over = true;
            });
            await world.until(() => over);
            const kept = tasks.filter((task) => task.kept).map((task) => task.delayUs);
            expect(ran).toEqual(kept.toSorted((a, b) => a - b));
          },
        ),
        { numRuns: 20 },
      );
    });

    test('a moment that is far away, or never comes, waits', async () => {
      const { clock } = await world.open();
      const ran: string[] = [];
      const month = clock.schedule(clock.now() + 40 * 24 * 3_600 * SECOND, () => ran.push('month'));
      const never = clock.schedule(NEVER, () => ran.push('never'));
      clock.schedule(clock.now() + 5 * MS, () => ran.push('soon'));
      await world.until(() => ran.length > 0);
      expect(ran).toEqual(['soon']);
      month.cancel();
      never.cancel();
    });
  });
}
