import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServerId } from '../../../src/id.ts';
import { degrees } from '../../../src/overlay/degrees.ts';

import { anyId, idOf } from '../../support/members.ts';
import { OwnRings } from '../../support/own-rings.ts';

function expectAlike(ids: readonly ServerId[], ringCount: number): void {
  const rings = new OwnRings(ids[0] as ServerId, ringCount);
  for (const id of ids.slice(1)) rings.add(id);
  const expected = new Map(ids.map((id) => [id, rings.neighboursOf(id).length]));
  expect(degrees(ids, ringCount)).toEqual(expected);
}

test('everybody has as many neighbours as the rings say', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyId, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      expectAlike,
    ),
  );
});

test.each([1, 2, 11, 12, 13, 300])('also of %d servers', (count) => {
  expectAlike(
    Array.from({ length: count }, (_, i) => idOf(i)),
    5,
  );
});
