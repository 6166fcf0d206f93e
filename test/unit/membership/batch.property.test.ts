import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { batchOf } from '../../../src/membership/batch.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Table } from '../../../src/membership/table.ts';
import { anyRecord, memberOf } from '../../support/members.ts';

const self = memberOf(0);
const newTable = () => new Table(0, self, lan.table);

describe('a batch', () => {
  test('taken in at once does what its records do one after another', () => {
    const records = fc.array(anyRecord(50), { maxLength: 80 });
    fc.assert(
      fc.property(fc.array(anyRecord(50)), records, (before, message) => {
        const [one, other] = [newTable(), newTable()];
        for (const record of before) {
          one.merge(0, record);
          other.merge(0, record);
        }
        const adopted = one.adopt(batchOf(message));
        const joined = [...(adopted?.joined ?? [])];
        for (const record of adopted?.rest ?? message) {
          if (one.merge(0, record) === 'joined') joined.push(record);
        }
        const expected = message.filter((record) => other.merge(0, record) === 'joined');
        expect([...one.members()]).toEqual([...other.members()]);
        expect(one.departedCount).toBe(other.departedCount);
        const ids = (all: typeof joined) => all.map(({ id }) => id).sort();
        expect(ids(joined)).toEqual(ids(expected));
      }),
    );
  });

  test('is sorted out once for all who get the same one', () => {
    const message = [memberOf(1), memberOf(2, { left: true }), memberOf(1, { incarnation: 1 })];
    expect(batchOf(message)).toBe(batchOf(message));
    expect(batchOf(message)).not.toBe(batchOf([...message]));
    expect(batchOf(message).members).toEqual([]);
    expect(batchOf(message).rest).toEqual(message);
    expect(batchOf([memberOf(1), ...message.slice(1, 2)]).members).toEqual([memberOf(1)]);
  });

  test('goes one by one when something is remembered of the departed, or there is no room', () => {
    const table = newTable();
    const batch = batchOf([memberOf(2), memberOf(3)]);
    table.merge(0, memberOf(2, { left: true }));
    expect(table.adopt(batch)).toBeUndefined();
    expect(table.size).toBe(1);
    const full = newTable();
    for (let n = 10; full.size < limits.membersMax - 1; n++) full.merge(0, memberOf(n));
    expect(full.adopt(batch)).toBeUndefined();
    expect(full.adopt(batchOf([memberOf(2)]))?.joined).toHaveLength(1);
  });
});
