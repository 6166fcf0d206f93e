/** What the clock makes of Node's timers; what it promises is in test/contract. */

import { install } from '@sinonjs/fake-timers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SECOND } from '../../../src/time.ts';
import { NodeClock } from '../../../transport/clock.ts';

const day = 24 * 3_600 * SECOND;
let timers: ReturnType<typeof install>;

beforeEach(() => {
  timers = install();
});

afterEach(() => {
  timers.uninstall();
});

test('a task beyond the longest delay of Node runs in its moment, not at once', () => {
  const clock = new NodeClock();
  let ran = 0;
  clock.schedule(clock.now() + 60 * day, () => ran++);
  const start = timers.now;
  timers.next();
  expect(timers.now - start).toBe(2 ** 31 - 1); // Node would count a longer one as 1 ms.
  timers.tick((60 * day) / 1000 - (2 ** 31 - 1) - 1);
  expect(ran).toBe(0);
  timers.tick(1);
  expect(ran).toBe(1);
});

test('a moment between two milliseconds is rounded up', () => {
  const clock = new NodeClock();
  const at = clock.now() + 1_500;
  let ranAt = 0;
  clock.schedule(at, () => {
    ranAt = clock.now();
  });
  timers.tick(1);
  expect(ranAt).toBe(0);
  timers.tick(1);
  expect(ranAt).toBeGreaterThanOrEqual(at);
});

test('however many tasks wait, one timer of Node is armed, and none when none waits', () => {
  const clock = new NodeClock();
  const tasks = Array.from({ length: 100 }, (_, i) =>
    clock.schedule(clock.now() + i * 99, () => {}),
  );
  expect(timers.countTimers()).toBe(1);
  for (const task of tasks) task.cancel();
  expect(timers.countTimers()).toBe(0);
});

test('a task that throws does not take the others with it', () => {
  const clock = new NodeClock();
  const ran: string[] = [];
  clock.schedule(clock.now() + 10, () => {
    throw new Error('a bug');
  });
  clock.schedule(clock.now() + 10, () => ran.push('next'));
  expect(() => timers.tick(5)).toThrow('a bug');
  timers.tick(5);
  expect(ran).toEqual(['next']);
});

test('tasks that schedule for now without end let others have their turn', () => {
  const clock = new NodeClock();
  let ran = 0;
  const again = () => {
    ran++;
    clock.schedule(clock.now(), again);
  };
  again();
  timers.next();
  expect(ran).toBe(2);
  timers.next();
  expect(ran).toBe(3);
});

test('after close nothing runs, and nothing keeps the process alive', () => {
  const clock = new NodeClock();
  let ran = 0;
  const task = clock.schedule(clock.now() + 10, () => ran++);
  clock.close();
  clock.schedule(clock.now() + 10, () => ran++);
  task.cancel();
  expect(timers.countTimers()).toBe(0);
  timers.tick(1_000);
  expect(ran).toBe(0);
});
