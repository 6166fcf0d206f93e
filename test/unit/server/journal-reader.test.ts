import { expect, test } from 'vitest';
import { Journal } from '../../../src/journal/journal.ts';
import { Stamps } from '../../../src/journal/stamp.ts';
import { limits } from '../../../src/limits.ts';
import type { Call } from '../../../src/rpc/call.ts';
import type { Surroundings } from '../../../src/server/methods/handlers.ts';
import { journalMethods } from '../../../src/server/methods/journal.ts';
import { Caller, StillClock } from '../../support/calls.ts';
import { dataOf, failureOf, namesOf, type Opened } from '../../support/pipe.ts';

const WINDOW = 64 * 1024;

class Stage {
  readonly clock = new StillClock();
  readonly caller = new Caller();
  readonly journal: Journal;
  readonly #methods;

  constructor(options: { journalEntriesMax?: number } = {}) {
    this.journal = new Journal(new Stamps(this.clock), options);
    const { clock, journal } = this;
    this.#methods = journalMethods({
      host: { clock },
      id: 'X0000000000000001',
      journal,
      limits,
    } as unknown as Surroundings);
  }

  add(count: number): void {
    for (let i = 0; i < count; i++) {
      this.journal.add({ event: 'done', operation: 1, method: 'peek', path: 'a', by: 'somebody' });
    }
  }

  read(options: { from?: number; follow?: boolean; credit?: number; end?: boolean } = {}): Opened {
    const { from = 0, follow = false, credit = WINDOW, end = true } = options;
    const answer = (call: Call) => this.#methods.journal(call, { from, follow });
    return this.caller.call(answer, { credit, end });
  }

  /** What follows from what was added. */
  run(): void {
    this.clock.advance(1);
    this.caller.run();
  }
}

/** Of each line: its number, or how many were lost. */
function told({ heard }: Opened): (number | string)[] {
  const lines = dataOf(heard).toString().split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const { event, number, lost } = JSON.parse(line);
    return event === 'lost' ? `${lost} lost` : number;
  });
}

test('one who does not follow gets what there is, and the end', () => {
  const stage = new Stage();
  stage.add(3);
  const all = stage.read();
  const some = stage.read({ from: 3 });
  const none = stage.read({ from: 17 });
  expect([told(all), told(some), told(none)]).toEqual([[1, 2, 3], [3], []]);
  for (const { call, heard } of [all, some, none]) {
    expect([call.over, namesOf(heard)]).toEqual([true, ['replied', 'ended']]);
  }
});

test('one who follows gets what happens next, until it cancels', () => {
  const stage = new Stage();
  stage.add(1);
  const reader = stage.read({ follow: true });
  stage.add(2);
  stage.run();
  stage.add(1);
  stage.run();
  expect(told(reader)).toEqual([1, 2, 3, 4]);
  reader.call.cancel();
  stage.run();
  stage.add(1);
  stage.run();
  expect(told(reader)).toEqual([1, 2, 3, 4]);
  expect(failureOf(reader.heard)?.code).toBe('CANCELLED');
  expect(stage.clock.waiting).toBe(0);
});

test('what has dropped out is told as lost', () => {
  const stage = new Stage({ journalEntriesMax: 3 });
  stage.add(10);
  expect(told(stage.read())).toEqual(['7 lost', 8, 9, 10]);
  expect(told(stage.read({ from: 7 }))).toEqual(['1 lost', 8, 9, 10]);
  expect(told(stage.read({ from: 8 }))).toEqual([8, 9, 10]);
});

test('of a slow reader nothing is kept but its credit and a few lines: it loses the rest', () => {
  const stage = new Stage({ journalEntriesMax: 100 });
  const reader = stage.read({ follow: true, credit: 1_000 });
  for (let i = 0; i < 100; i++) {
    stage.add(100);
    stage.run();
  }
  expect(dataOf(reader.heard).length).toBe(1_000);
  for (let i = 0; i < 100; i++) {
    reader.call.grant(1_000);
    stage.run();
  }
  const numbers = told(reader);
  const lost = numbers.findIndex((each) => typeof each === 'string');
  expect(numbers.slice(0, lost)).toEqual(Array.from({ length: lost }, (_, i) => i + 1));
  expect(numbers[lost]).toBe(`${10_000 - 100 - lost} lost`);
  expect(numbers.slice(lost + 1)).toEqual(Array.from({ length: 100 }, (_, i) => 9_901 + i));
});

test('readers beyond the bound fail, and those that leave make room', () => {
  const stage = new Stage();
  const readers = Array.from({ length: limits.journalReadersMax }, () =>
    stage.read({ follow: true }),
  );
  expect(failureOf(stage.read({ follow: true }).heard)?.code).toBe('LIMIT');
  readers[0]?.call.cancel();
  stage.run();
  expect(failureOf(stage.read({ follow: true }).heard)).toBeUndefined();
});

test('one who got all of it makes room, also when it leaves its request open', () => {
  const stage = new Stage();
  stage.add(1);
  for (let i = 0; i < limits.journalReadersMax; i++) {
    const reader = stage.read({ end: false });
    expect(told(reader)).toEqual([1]);
    if (i % 2 === 0) reader.call.end();
    stage.run();
    expect(reader.call.over).toBe(i % 2 === 0);
  }
  expect(failureOf(stage.read().heard)).toBeUndefined();
});
