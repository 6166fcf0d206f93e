import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import { limits } from '../../../src/limits.ts';
import { incarnationMax, type Member } from '../../../src/membership/member.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Table } from '../../../src/membership/table.ts';
import { SECOND } from '../../../src/time.ts';
import { anyRecord, idOf, memberOf } from '../../support/members.ts';

const self = memberOf(0);
const newTable = () => new Table(0, self, lan.table);
const viewOf = (table: Table) =>
  [...table.members()].map(({ id, incarnation }) => [id, incarnation]);

describe('table', () => {
  let table: Table;
  beforeEach(() => {
    table = newTable();
  });
  const merge = (fields: Partial<Member>, now = 0) => table.merge(now, memberOf(1, fields));

  test('a record does what its outcome says', () => {
    expect(merge({})).toBe('joined');
    expect(merge({})).toBe('same');
    expect(merge({ incarnation: 2 })).toBe('updated');
    expect(merge({ incarnation: 1, left: true })).toBe('stale');
    expect(merge({ incarnation: 2, left: true })).toBe('left');
    expect(merge({ incarnation: 2 })).toBe('stale');
    expect(merge({ incarnation: 3, left: true })).toBe('buried');
    expect(merge({ incarnation: 3, left: true })).toBe('same');
    expect(merge({ incarnation: 4 })).toBe('joined');
    expect(table.departedCount).toBe(0);
  });

  test('what others say of us is refuted, unless it is old, or nonsense', () => {
    expect(table.merge(0, { ...self })).toBe('same');
    expect(table.merge(0, { ...self, left: true })).toBe('refuted');
    expect(table.self).toMatchObject({ incarnation: 1, left: false });
    expect(table.merge(0, { ...self, left: true })).toBe('stale');
    expect(table.merge(0, { ...self, incarnation: 7, url: 'circuit://else' })).toBe('refuted');
    expect(table.self).toMatchObject({ incarnation: 8, left: false, url: self.url });
    expect(table.present(self.id)).toBe(table.self);
    expect(table.merge(0, { ...self, incarnation: incarnationMax })).toBe('nonsense');
    expect(table.self.incarnation).toBe(8);
  });

  test('one that leaves refutes nothing any more', () => {
    table.leave(0);
    expect(table.merge(0, { ...self, incarnation: 5 })).toBe('nonsense');
    expect(table.self).toMatchObject({ incarnation: 0, left: true });
    expect(table.size).toBe(0);
  });

  test('servers that hear the same records agree, whatever the order and however often', () => {
    const record = anyRecord(5).filter(({ id }) => id !== self.id);
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), fc.gen(), (heard, gen) => {
        const [a, b] = [newTable(), newTable()];
        for (const each of heard) a.merge(0, each);
        const shuffled = gen(fc.shuffledSubarray<Member>, heard, { minLength: heard.length });
        for (const each of [...shuffled, ...shuffled.slice(0, 9)]) b.merge(0, each);
        expect(viewOf(b).sort()).toEqual(viewOf(a).sort());
        expect(b.digest).toEqual(a.digest);
        expect(b.departedCount).toBe(a.departedCount);
      }),
    );
  });

  test('joined and left alternate per server, with incarnations that do not fall', () => {
    fc.assert(
      fc.property(fc.array(anyRecord(3), { maxLength: 60 }), (heard) => {
        const told = newTable();
        const last = new Map<string, Member>();
        for (const record of heard) {
          const outcome = told.merge(0, record);
          if (outcome !== 'joined' && outcome !== 'left') continue;
          const before = last.get(record.id);
          expect(before?.left ?? true).toBe(outcome === 'joined');
          expect(before?.incarnation ?? 0).toBeLessThanOrEqual(record.incarnation);
          last.set(record.id, record);
        }
      }),
    );
  });

  test('a departure is shown to peers for 60 s, one that we never saw present not at all', () => {
    merge({});
    merge({ left: true }, 5 * SECOND);
    table.merge(5 * SECOND, memberOf(2, { left: true }));
    const shown = (now: number) => [...table.shared(now)].map(({ id }) => id);
    expect(shown(65 * SECOND)).toEqual([idOf(0), idOf(1)]);
    expect(shown(65 * SECOND + 1)).toEqual([idOf(0)]);
    expect(table.record(idOf(2))?.left).toBe(true);
  });

  test('a departure is remembered for 10 minutes at least, and forgotten by the next after', () => {
    merge({ left: true }, SECOND);
    table.merge(601 * SECOND, memberOf(2, { left: true }));
    expect(table.record(idOf(1))).toBeDefined();
    table.merge(601 * SECOND + 1, memberOf(3, { left: true }));
    expect(table.record(idOf(1))).toBeUndefined();
    expect(table.record(idOf(2))).toBeDefined();
  });

  test('of too many departures the oldest are forgotten', () => {
    for (let n = 1; n <= limits.departedMax + 1; n++) table.merge(0, memberOf(n, { left: true }));
    expect(table.departedCount).toBe(limits.departedMax);
    expect(table.record(idOf(1))).toBeUndefined();
    expect(table.record(idOf(2))).toBeDefined();
  });

  test('a full table takes no more servers, but still what changes of those it has', () => {
    for (let n = 1; n < limits.membersMax; n++) table.merge(0, memberOf(n));
    expect(table.size).toBe(limits.membersMax);
    expect(table.merge(0, memberOf(limits.membersMax))).toBe('noRoom');
    expect(merge({ incarnation: 1 })).toBe('updated');
    expect(merge({ incarnation: 1, left: true })).toBe('left');
  });
});
