import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { supersedes } from '../../../src/gossip/news.ts';
import { keyOf, type Member } from '../../../src/membership/member.ts';
import { anyRecord } from '../../support/members.ts';

const merge = (a: Member, b: Member) => (supersedes(b, a) ? b : a);
/** What of a record is agreed upon: two may differ in whether its subject left for good. */
const record = anyRecord(1);

describe('records of one server form a join-semilattice', () => {
  test('merging is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(record, record, record, (a, b, c) => {
        expect(merge(a, a)).toBe(a);
        expect(keyOf(merge(a, b))).toEqual(keyOf(merge(b, a)));
        expect(keyOf(merge(merge(a, b), c))).toEqual(keyOf(merge(a, merge(b, c))));
      }),
    );
  });

  test('of two that differ exactly one supersedes the other', () => {
    fc.assert(
      fc.property(record, record, (a, b) => {
        const same = a.incarnation === b.incarnation && a.left === b.left;
        expect([supersedes(a, b), supersedes(b, a)].filter(Boolean)).toHaveLength(same ? 0 : 1);
      }),
    );
  });

  test('a higher incarnation outweighs a departure, a departure outweighs presence', () => {
    const at = (incarnation: number, left: boolean) =>
      ({ ...fc.sample(record, 1)[0], incarnation, left }) as Member;
    expect(supersedes(at(1, true), at(1, false))).toBe(true);
    expect(supersedes(at(2, false), at(1, true))).toBe(true);
    expect(supersedes(at(1, true), at(2, false))).toBe(false);
  });
});
