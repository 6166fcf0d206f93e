import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, emptyDigest, sameDigest, toggled } from '../../../src/gossip/digest.ts';
import type { ServerId } from '../../../src/id.ts';
import { anyId } from '../../support/members.ts';

type Entry = [ServerId, number];
const entry: fc.Arbitrary<Entry> = fc.tuple(anyId, fc.nat(0xffff_ffff_ffff));
const entries = fc.uniqueArray(entry, { selector: ([id]) => id, maxLength: 20 });
const digestOf = (view: readonly Entry[]): Digest =>
  view.reduce((digest, [id, incarnation]) => toggled(digest, id, incarnation), emptyDigest);

describe('digest', () => {
  test('does not depend on the order in which members came', () => {
    fc.assert(
      fc.property(entries, (view) => {
        expect(sameDigest(digestOf(view), digestOf([...view].reverse()))).toBe(true);
      }),
    );
  });

  test('forgets a member that is taken out', () => {
    fc.assert(
      fc.property(entries, entry, (view, [id, incarnation]) => {
        const before = digestOf(view);
        const there = toggled(before, id, incarnation);
        expect(sameDigest(there, before)).toBe(false);
        expect(toggled(there, id, incarnation)).toEqual(before);
      }),
    );
  });

  test('differs when one incarnation differs, however high', () => {
    fc.assert(
      fc.property(anyId, fc.nat(0xffff_fffe_ffff), fc.nat(48), (id, incarnation, bit) => {
        const other = bit < 16 ? incarnation + 2 ** 32 : incarnation + 2 ** (bit % 17);
        const [a, b] = [digestOf([[id, incarnation]]), digestOf([[id, other]])];
        expect(sameDigest(a, b)).toBe(false);
        expect(a.high).not.toBe(b.high);
        expect(a.low).not.toBe(b.low);
      }),
    );
  });
});
