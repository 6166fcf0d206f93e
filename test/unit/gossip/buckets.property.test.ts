import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketCount, bucketOf, differing } from '../../../src/gossip/buckets.ts';
import { emptyDigest, sameDigest, toggled } from '../../../src/gossip/digest.ts';
import { anyId, idOf } from '../../support/members.ts';
import { type Listed, summaryOf } from '../../support/summary.ts';

const counts = fc.constantFrom(16, 64, 256, 1_024);
const listed: fc.Arbitrary<Listed> = fc.record({ id: anyId, incarnation: fc.nat(9) });
const views = fc.uniqueArray(listed, { selector: ({ id }) => id, maxLength: 60 });

describe('buckets', () => {
  test('are a power of two of about a quarter of the members, from 16 to 1024', () => {
    const sizes = [0, 1, 64, 65, 128, 129, 1_000, 4_096, 4_097, 65_536];
    expect(sizes.map(bucketCount)).toEqual([16, 16, 16, 32, 32, 64, 256, 1_024, 1_024, 1_024]);
  });

  test('differ where a member is in one view alone, or at another incarnation, and nowhere else', () => {
    fc.assert(
      fc.property(views, views, counts, (a, b, count) => {
        const known = new Map(a.map(({ id, incarnation }) => [id, incarnation]));
        const other = new Map(b.map(({ id, incarnation }) => [id, incarnation]));
        const wrong = [...a, ...b].filter(({ id }) => known.get(id) !== other.get(id));
        const expected = new Set(wrong.map(({ id }) => bucketOf(id, count)));
        const found = differing(summaryOf(a, count), summaryOf(b, count));
        expect(found).toEqual([...expected].sort((x, y) => x - y));
      }),
    );
  });

  test('together hold what the digest of the view holds, in whatever order', () => {
    fc.assert(
      fc.property(views, counts, (view, count) => {
        const whole = view.reduce(
          (sum, each) => toggled(sum, each.id, each.incarnation),
          emptyDigest,
        );
        const buckets = summaryOf([...view].reverse(), count);
        const high = buckets.reduce((sum, digest) => (sum ^ digest.high) >>> 0, 0);
        const low = buckets.reduce((sum, digest) => (sum ^ digest.low) >>> 0, 0);
        expect(buckets).toHaveLength(count);
        expect(sameDigest({ high, low }, whole)).toBe(true);
      }),
    );
  });

  test('are filled evenly by ids that follow one another', () => {
    const sizes = new Array<number>(64).fill(0);
    for (let number = 0; number < 6_400; number++) {
      const bucket = bucketOf(idOf(number), 64);
      sizes[bucket] = (sizes[bucket] as number) + 1;
    }
    expect(Math.min(...sizes)).toBeGreaterThan(60);
    expect(Math.max(...sizes)).toBeLessThan(140);
  });

  test('of summaries of unlike length differ where the longer one is not empty', () => {
    const view = [{ id: idOf(1), incarnation: 0 }];
    expect(differing(summaryOf([], 16), summaryOf(view, 32))).toEqual([bucketOf(idOf(1), 32)]);
  });
});
