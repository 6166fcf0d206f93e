import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { emptyDigest, toggled } from '../../../src/gossip/digest.ts';
import { limits } from '../../../src/limits.ts';
import { incarnationMax, type Member } from '../../../src/membership/member.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Table } from '../../../src/membership/table.ts';
import { SECOND } from '../../../src/time.ts';
import { anyRecord, idOf, memberOf } from '../../support/members.ts';

const HOUR = 3_600 * SECOND;
const self = memberOf(0);
const newTable = () => new Table(0, self, lan.table);
const viewOf = (table: Table) =>
  [...table.members()].map(({ id, incarnation }) => `${id} ${incarnation}`).sort();
const digestOf = (members: Iterable<Member>) => {
  let digest = emptyDigest;
  for (const { id, incarnation } of members) digest = toggled(digest, id, incarnation);
  return digest;
};
const silent = { left: true, final: false };
const final = { left: true, final: true };

describe('the table', () => {
  let table: Table;
  beforeEach(() => {
    table = newTable();
  });
  const merge = (fields: Partial<Member>, now = 0, number = 1) =>
    table.merge(now, memberOf(number, fields));
  const explained = (now: number) => [...table.explained(now)].map(({ id }) => id);

  test('begins with ourselves', () => {
    expect([...table.members()]).toEqual([self]);
    expect([table.size, table.departedCount, table.silentCount]).toEqual([1, 0, 0]);
    expect(table.record(self.id)).toBe(self);
    expect(table.digest).toEqual(digestOf([self]));
  });

  test('says what a record did', () => {
    expect(merge({})).toBe('joined');
    expect(merge({})).toBe('same');
    expect(merge({ incarnation: 2 })).toBe('updated');
    expect(merge({ incarnation: 1, ...silent })).toBe('stale');
    expect(merge({ incarnation: 2, ...silent })).toBe('left');
    expect(merge({ incarnation: 2 })).toBe('stale');
    expect(merge({ incarnation: 2, ...silent })).toBe('same');
    expect(merge({ incarnation: 3, ...silent })).toBe('buried');
    expect(merge({ incarnation: 3, ...silent })).toBe('same');
    expect(merge({ incarnation: 4 })).toBe('joined');
    expect(table.departedCount).toBe(0);
    expect(merge(final, 0, 2)).toBe('buried');
    expect(table.departedCount).toBe(1);
  });

  test('does not take what others say of us for what we are, unless it is old, or nonsense', () => {
    expect(table.merge(0, { ...self })).toBe('same');
    expect(table.merge(0, { ...self, ...silent })).toBe('accused');
    expect(table.merge(0, { ...self, incarnation: 7, url: 'circuit://else' })).toBe('nonsense');
    expect(table.self).toBe(self);
    table.raise(0);
    expect(table.self).toEqual({ ...self, incarnation: 1 });
    expect(table.present(self.id)).toBe(table.self);
    expect(table.digest).toEqual(digestOf([table.self]));
    expect(table.merge(0, { ...self, ...silent })).toBe('stale');
    expect(table.merge(0, { ...self, incarnation: 1, ...silent })).toBe('accused');
    expect(table.merge(0, { ...self, incarnation: 2, ...silent })).toBe('nonsense');
  });

  test('has a last incarnation that can still be outweighed', () => {
    table = new Table(0, { ...self, incarnation: incarnationMax - 1 }, lan.table);
    table.raise(0);
    expect(table.merge(0, { ...table.self, ...silent })).toBe('nonsense');
  });

  test('of one that leaves outweighs nothing any more', () => {
    table.leave(0);
    expect(table.merge(0, { ...self, incarnation: 5 })).toBe('nonsense');
    expect(table.self).toEqual({ ...self, ...final });
    expect([table.size, table.departedCount]).toEqual([0, 1]);
    expect(table.digest).toEqual(emptyDigest);
    expect(explained(0)).toEqual([self.id]);
  });

  test('counts those that fell silent among the departed, and draws one of them', () => {
    const random = new SimRandom('silent');
    expect(table.anySilent(random)).toBeUndefined();
    for (const number of [1, 2, 3, 4]) merge({}, 0, number);
    merge(silent, 5, 1);
    merge(silent, 6, 2);
    merge(final, 7, 3);
    expect([table.departedCount, table.silentCount]).toEqual([3, 2]);
    const drawn = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const { record, at } = table.anySilent(random) as { record: Member; at: number };
      drawn.add(`${record.id} ${at}`);
    }
    expect([...drawn].sort()).toEqual([`${idOf(1)} 5`, `${idOf(2)} 6`]);
    merge({ incarnation: 1 }, 8, 1);
    expect(table.silentCount).toBe(1);
  });

  test('makes a silent departure final when it is said to be, at a higher incarnation', () => {
    merge(silent);
    expect(merge(final)).toBe('same');
    expect(table.silentCount).toBe(1);
    expect(merge({ incarnation: 1, ...final })).toBe('buried');
    expect([table.silentCount, table.departedCount]).toEqual([0, 1]);
  });

  test('knows that a silent one will not come back once another is at its address', () => {
    const { address } = memberOf(1);
    merge({});
    merge(silent);
    expect(merge({ address }, 0, 2)).toBe('joined');
    expect([table.silentCount, table.departedCount]).toEqual([0, 1]);
    expect(table.record(idOf(1))).toMatchObject(final);
    // It may be told so, too.
    merge(silent, 0, 3);
    table.replaced(0, idOf(3));
    table.replaced(0, idOf(4));
    expect(table.record(idOf(3))).toMatchObject(final);
    expect(table.silentCount).toBe(0);
  });

  test('does not take one at the address of another that lives for its replacement', () => {
    const { address } = memberOf(1);
    merge({});
    merge({ address }, 0, 2);
    expect(table.size).toBe(3);
    merge(silent);
    expect(table.silentCount).toBe(1);
  });

  test('explains departures to peers: final ones for 60 s and if they were seen, silent ones always', () => {
    for (const number of [1, 2]) merge({}, 0, number);
    merge(final, 5 * SECOND, 1);
    merge(silent, 5 * SECOND, 2);
    merge(final, 5 * SECOND, 3);
    expect(explained(65 * SECOND).sort()).toEqual([idOf(0), idOf(1), idOf(2)]);
    expect(explained(65 * SECOND + 1).sort()).toEqual([idOf(0), idOf(2)]);
    expect(explained(20 * HOUR).sort()).toEqual([idOf(0), idOf(2)]);
    expect(table.record(idOf(3))?.left).toBe(true);
  });

  test.each([
    ['final', final, 300 * SECOND],
    ['silent', silent, 24 * HOUR],
  ] as const)(
    'remembers a %s departure for its time, and forgets it at the next one',
    (...each) => {
      const [, fate, kept] = each;
      merge(fate, SECOND, 1);
      merge(fate, SECOND + kept, 2);
      expect(table.record(idOf(1))).toBeDefined();
      merge(fate, SECOND + kept + 1, 3);
      expect(table.record(idOf(1))).toBeUndefined();
      expect(table.record(idOf(2))).toBeDefined();
    },
  );

  test.each([
    ['final', final],
    ['silent', silent],
  ] as const)('of too many %s departures forgets the oldest', (_, fate) => {
    for (let n = 1; n <= limits.departedMax + 1; n++) merge(fate, 0, n);
    expect(table.departedCount).toBe(limits.departedMax);
    expect(table.record(idOf(1))).toBeUndefined();
    expect(table.record(idOf(2))).toBeDefined();
  });

  test('that is full takes no more servers, but still what changes of those it has', () => {
    for (let n = 1; n < limits.membersMax; n++) merge({}, 0, n);
    expect(table.size).toBe(limits.membersMax);
    expect(merge({}, 0, limits.membersMax)).toBe('noRoom');
    expect(merge(silent, 0, limits.membersMax)).toBe('noRoom');
    expect(merge({ incarnation: 1 })).toBe('updated');
    expect(merge({ incarnation: 1, ...silent })).toBe('left');
    expect(merge({}, 0, limits.membersMax)).toBe('noRoom');
    expect(merge({ incarnation: 2 })).toBe('joined');
  });
});

describe('tables', () => {
  const others = anyRecord(5).filter(({ id }) => id !== self.id);

  test('of servers that hear the same records agree, whatever the order and however often', () => {
    fc.assert(
      fc.property(fc.array(others, { minLength: 1, maxLength: 40 }), fc.gen(), (heard, gen) => {
        const [a, b] = [newTable(), newTable()];
        for (const each of heard) a.merge(0, each);
        const shuffled = gen(fc.shuffledSubarray<Member>, heard, { minLength: heard.length });
        for (const each of [...shuffled, ...shuffled.slice(0, 9)]) b.merge(0, each);
        expect(viewOf(b)).toEqual(viewOf(a));
        expect(b.digest).toEqual(a.digest);
        expect(b.departedCount).toBe(a.departedCount);
      }),
    );
  });

  test('have the digest of those that are present at their incarnations, and of nothing else', () => {
    fc.assert(
      fc.property(fc.array(others, { maxLength: 40 }), (heard) => {
        const table = newTable();
        for (const each of heard) {
          table.merge(0, each);
          expect(table.digest).toEqual(digestOf(table.members()));
          expect(table.size).toBe([...table.members()].length);
        }
      }),
    );
  });

  test('tell joins and departures in turn, with incarnations that do not fall', () => {
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
});
