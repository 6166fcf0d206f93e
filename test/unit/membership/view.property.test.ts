import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyDigest, toggled } from '../../../src/gossip/digest.ts';
import { idHigh, idLow } from '../../../src/hash.ts';
import type { ServerId } from '../../../src/id.ts';
import { batchOf } from '../../../src/membership/batch.ts';
import type { Member } from '../../../src/membership/member.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Table } from '../../../src/membership/table.ts';
import { View } from '../../../src/membership/view.ts';
import { anyRecord, idOf, memberOf } from '../../support/members.ts';
import { idWithBits } from '../../support/same-bits.ts';
import { summaryOf } from '../../support/summary.ts';

const viewOf = (records: Iterable<Member>) => {
  let view = View.empty;
  for (const record of records) view = view.with(record);
  return view;
};
const byId = (a: Member, b: Member) => (a.id < b.id ? -1 : 1);

function digestOf(members: Iterable<Member>) {
  let digest = emptyDigest;
  for (const { id, incarnation } of members) digest = toggled(digest, id, incarnation);
  return digest;
}

/** Everything that can be asked of a view. */
function expectToBe(view: View, model: ReadonlyMap<ServerId, Member>, absent: readonly ServerId[]) {
  const all = [...model.values()].sort(byId);
  expect([...view.members()].sort(byId)).toEqual(all);
  expect(view.size).toBe(model.size);
  expect(view.digest).toEqual(digestOf(all));
  for (const member of all) expect(view.get(member.id)).toEqual(member);
  for (const id of absent) expect([view.get(id), view.has(id)]).toEqual([undefined, false]);
  for (const count of [16, 128, 1_024]) expect(view.summary(count)).toEqual(summaryOf(all, count));
  const visited: [ServerId, number, number][] = [];
  view.visit((id, high, low) => visited.push([id, high >>> 0, low >>> 0]));
  expect(visited.sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(
    all.map(({ id }) => [id, idHigh(id), idLow(id)]),
  );
}

/** Few servers, or enough for several levels; each comes, is renewed, and goes. */
const changes = fc.constantFrom(6, 60, 600).chain((count) =>
  fc.record({
    count: fc.constant(count),
    first: fc.boolean(),
    records: fc.array(anyRecord(count), { maxLength: 150 }),
  }),
);

describe('a view', () => {
  test('is what a map would be, after any changes, and so are those before it', () => {
    fc.assert(
      fc.property(changes, ({ count, first, records }) => {
        const all = Array.from({ length: first ? count : 0 }, (_, number) => memberOf(number));
        let view = viewOf(all);
        const model = new Map(all.map((member) => [member.id, member]));
        const before: [View, Map<ServerId, Member>][] = [];
        for (const [at, record] of records.entries()) {
          if (at % 50 === 0) before.push([view, new Map(model)]);
          view = view.with(record);
          if (record.left) model.delete(record.id);
          else model.set(record.id, record);
        }
        const ids = Array.from({ length: count }, (_, number) => idOf(number));
        for (const [each, then] of [...before, [view, model] as const]) {
          expectToBe(
            each,
            then,
            ids.filter((id) => !then.has(id)),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('lists its members in one order, however it came about', () => {
    fc.assert(
      fc.property(changes, fc.gen(), ({ count, records }, gen) => {
        const present = viewOf(records);
        const others = Array.from({ length: count }, (_, number) =>
          memberOf(number + 1_000, { incarnation: 7 }),
        );
        const shuffled = gen(fc.shuffledSubarray<Member>, [...present.members(), ...others], {
          minLength: present.size + others.length,
        });
        let view = viewOf(shuffled);
        for (const other of others) view = view.with({ ...other, left: true });
        const copied = viewOf([...present.members()].reverse().map((member) => ({ ...member })));
        expect([...view.members()]).toEqual([...present.members()]);
        expect([...copied.members()]).toEqual([...present.members()]);
      }),
      { numRuns: 60 },
    );
  });

  test('with another has all of both, and of a server in both what it had itself', () => {
    fc.assert(
      fc.property(changes, changes, (one, other) => {
        const [a, b] = [viewOf(one.records), viewOf(other.records)];
        const model = new Map([...b.members()].map((member) => [member.id, member]));
        for (const member of a.members()) model.set(member.id, member);
        expectToBe(a.and(b), model, []);
        expect([...a.and(b).members()]).toEqual([...viewOf(model.values()).members()]);
      }),
      { numRuns: 60 },
    );
  });

  test('is never taken for one with the same digest and other records', () => {
    const url = 'circuit://10.9.9.9:1/1/Q0000000000000000';
    for (const fields of [{ url }, { joined: 5 }, { address: '10.9.9.9:1' as Member['address'] }]) {
      for (const size of [1, 100]) {
        const members = Array.from({ length: size }, (_, number) => memberOf(number));
        const [honest, liar] = [viewOf(members), viewOf(members).with(memberOf(0, fields))];
        expect(liar.digest).toEqual(honest.digest);
        expect(liar).not.toBe(honest);
        expect(liar.get(idOf(0))).toEqual(memberOf(0, fields));
        expect(honest.get(idOf(0))).toEqual(memberOf(0));
      }
    }
  });

  test('does not take the change of one view, or the union of two, for that of others', () => {
    const renewed = memberOf(3, { incarnation: 9 });
    for (let size = 1; size < 1_500; size++) {
      const view = View.of([memberOf(3), memberOf(size + 3)]).with(renewed);
      expect([view.get(renewed.id), view.has(idOf(size + 3))]).toEqual([renewed, true]);
    }
    // The same two parts at the top, and one level below.
    const inOctant = (octant: number, first: number) =>
      Array.from({ length: 20 }, (_, i) => {
        const number = first + i;
        return { ...memberOf(number), id: idWithBits(number, number * 8 + octant) };
      });
    const [a, b, c] = [inOctant(0, 100), inOctant(0, 200), inOctant(5, 300)];
    const model = (all: readonly Member[]) => new Map(all.map((each) => [each.id, each]));
    expectToBe(View.of([...a, ...c]).and(View.of([...b, ...c])), model([...a, ...b, ...c]), []);
    expectToBe(View.of(a).and(View.of(b)), model([...a, ...b]), []);
  });

  test('takes servers whose ids cannot be told apart by their bits', () => {
    const members = Array.from({ length: 100 }, (_, number) => ({
      ...memberOf(number),
      id: idWithBits(number * 7_919, 0x9abcdef0),
    }));
    const model = new Map(members.map((member) => [member.id, member]));
    expectToBe(viewOf(members), model, []);
    expectToBe(viewOf([...members].reverse()), model, []);
    const [first, second] = [viewOf(members.slice(0, 60)), viewOf(members.slice(40))];
    expectToBe(first.and(second), model, []);
    let view = viewOf(members);
    for (const member of members.slice(0, 90)) {
      view = view.with({ ...member, left: true });
      model.delete(member.id);
    }
    expectToBe(view, model, []);
  });

  test('of servers that hear of the same changes, each in another order, is one object', () => {
    const members = Array.from({ length: 500 }, (_, number) => memberOf(number));
    const whole = batchOf(members);
    const tables = members.slice(0, 100).map((self) => {
      const table = new Table(0, { ...self }, lan.table);
      table.adopt(whole);
      return table;
    });
    for (let round = 0; round < 40; round++) {
      const changes = Array.from({ length: 6 }, (_, i) => {
        const number = 100 + ((round * 61 + i * 17) % 400);
        const incarnation = round + i;
        return memberOf(number, { incarnation, left: i % 2 === 1 });
      });
      for (let turn = 0; turn < changes.length; turn++) {
        // Not all from the same bytes: equal records are as good as the same.
        for (const [at, table] of tables.entries()) {
          table.merge(0, { ...(changes[(turn + at) % changes.length] as Member) });
        }
      }
      expect(new Set(tables.map(({ view }) => view)).size).toBe(1);
    }
  });
});
