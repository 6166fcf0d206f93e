import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Happening, Journal } from '../../../src/journal/journal.ts';
import { Stamps } from '../../../src/journal/stamp.ts';
import { limits } from '../../../src/limits.ts';
import { StillClock } from '../../support/calls.ts';

const ROOT = '/X0000000000000001';

function begin(options: { journalEntriesMax?: number } = {}): Journal {
  return new Journal(new Stamps(new StillClock()), options);
}

function made(path: string, more: Partial<Happening> = {}): Happening {
  return { event: 'done', operation: 1, method: 'makeChan', path, by: '10.0.0.1:1', ...more };
}

function entry(journal: Journal, number: number): Record<string, unknown> {
  return JSON.parse(journal.line(number, ROOT));
}

test('an entry says what, where, who and when, and leaves out what it does not have', () => {
  const journal = begin();
  journal.add(made('jobs/1', { detail: 'capacity 3' }));
  journal.add({ event: 'joined', path: 'X0000000000000002', detail: 'incarnation 0' });
  expect(entry(journal, 1)).toEqual({
    number: 1,
    stamp: '1970-01-01T00:00:00.000Z.00001',
    event: 'done',
    operation: 1,
    method: 'makeChan',
    path: `${ROOT}/jobs/1`,
    by: '10.0.0.1:1',
    detail: 'capacity 3',
  });
  expect(entry(journal, 2)).toEqual({
    number: 2,
    stamp: '1970-01-01T00:00:00.000Z.00002',
    event: 'joined',
    path: '/X0000000000000002',
    detail: 'incarnation 0',
  });
});

test('the paths are those of the server itself and of all servers, too', () => {
  const journal = begin();
  journal.add(made(''));
  journal.add({ event: 'done', method: 'list', path: undefined });
  expect([1, 2].map((number) => entry(journal, number)['path'])).toEqual([ROOT, '/']);
});

test('what turned out to wait, or to fail, is corrected in its place', () => {
  const journal = begin();
  const first = journal.add(made('a'));
  const second = journal.add(made('b'));
  journal.add(made('c'));
  journal.correct(first, { event: 'began' });
  journal.correct(second, { event: 'done', error: 'ANCHOR_BUSY', bytes: 7 });
  expect(entry(journal, 1)).toMatchObject({ event: 'began' });
  expect(entry(journal, 2)).toMatchObject({ event: 'done', error: 'ANCHOR_BUSY', bytes: 7 });
  expect(entry(journal, 3)).toMatchObject({ event: 'done', path: `${ROOT}/c` });
});

test('beyond its bound the oldest entries drop out, and the rest stay as they were', () => {
  const sizes = fc.record({ entriesMax: fc.integer({ min: 1, max: 300 }), added: fc.nat(1_000) });
  fc.assert(
    fc.property(sizes, ({ entriesMax, added }) => {
      const journal = begin({ journalEntriesMax: entriesMax });
      for (let i = 1; i <= added; i++) expect(journal.add(made(`p${i}`, { operation: i }))).toBe(i);
      expect(journal.next).toBe(added + 1);
      expect(journal.next - journal.first).toBe(Math.min(added, entriesMax));
      for (let number = journal.first; number < journal.next; number++) {
        expect(entry(journal, number)).toMatchObject({
          number,
          operation: number,
          path: `${ROOT}/p${number}`,
        });
      }
    }),
    { numRuns: 40 },
  );
});

test('a correction of what has dropped out changes nothing', () => {
  const journal = begin({ journalEntriesMax: 2 });
  for (const path of ['a', 'b', 'c']) journal.add(made(path));
  journal.correct(1, { event: 'began', error: 'LIMIT' });
  expect([2, 3].map((number) => entry(journal, number))).toMatchObject([
    { event: 'done', path: `${ROOT}/b` },
    { event: 'done', path: `${ROOT}/c` },
  ]);
  expect(entry(journal, 3)).not.toHaveProperty('error');
});

describe('bounds', () => {
  test('the entries that it keeps without being told otherwise', () => {
    const journal = begin();
    for (let i = 0; i < limits.journalEntriesMax + 10; i++) journal.add(made('same'));
    expect(journal.first).toBe(11);
    expect(journal.next - journal.first).toBe(limits.journalEntriesMax);
  });

  test('paths, who asked, and details together', () => {
    const journal = begin();
    const path = 'p'.repeat(limits.pathBytesMax);
    const each = 2 * (path.length + (made(path).by ?? '').length);
    const fits = Math.floor(limits.journalBytesMax / each);
    for (let i = 0; i < fits; i++) journal.add(made(`${path}`));
    expect(journal.first).toBe(1);
    journal.add(made(path));
    expect(journal.first).toBe(2);
    for (let i = 0; i < fits; i++) journal.add(made(''));
    for (let i = 0; i < fits; i++) journal.add(made(path));
    expect(journal.next - journal.first).toBeLessThanOrEqual(2 * fits);
    expect(entry(journal, journal.next - 1)['path']).toBe(`${ROOT}/${path}`);
  });
});

test('what entries have stays with them, whichever others have none of it', () => {
  const text = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined });
  const happening: fc.Arbitrary<Happening> = fc.record({
    event: fc.constantFrom('began', 'ended', 'done', 'joined', 'left'),
    path: fc.constantFrom('x', 'y'),
    ...{ method: text, by: text, detail: text, error: text },
    operation: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    bytes: fc.option(fc.nat(9), { nil: undefined }),
  });
  const some = fc.tuple(fc.nat(150), happening);
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), fc.constantFrom(50, 100, 500), (told, kept) => {
      const journal = begin({ journalEntriesMax: kept });
      const all: Happening[] = [];
      for (const [plain, last] of told) {
        for (let i = 0; i < plain; i++) all.push({ event: 'joined', path: 'z' });
        all.push(last);
      }
      for (const each of all) journal.add(each);
      expect(journal.next - journal.first).toBe(Math.min(kept, all.length));
      for (let number = journal.first; number < journal.next; number++) {
        const { number: _, stamp: __, path: ___, ...rest } = entry(journal, number);
        const { path, ...expected } = all[number - 1] as Happening;
        expect(rest).toEqual(JSON.parse(JSON.stringify(expected)));
      }
    }),
  );
});
