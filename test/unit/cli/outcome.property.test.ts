/** Shards are disjoint and together everything, however many there are; merging gives it back. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Batch, batchFrom, merged, type Outcome, seedsOf } from '../../../cli/sim/outcome.ts';

const counts = fc.integer({ min: 1, max: 200 });
const numbersOfShards = fc.integer({ min: 1, max: 12 });
const firsts = fc.oneof(fc.nat(1_000).map(String), fc.constantFrom('a', 'x-1', '007', ''));

function outcome(seed: string): Outcome {
  const none = { checks: [], measures: [], goals: [], violations: [] };
  return {
    ...{ seed, ok: true, hash: '', events: 1, virtualSeconds: 1, wallSeconds: 1 },
    ...{ ...none, replay: '' },
  };
}

function batch(first: string, seeds: number, index: number, of: number): Batch {
  return {
    ...{ format: 'circuit sim seeds', version: 1, scenario: 's.ts', claim: 'c', parameters: {} },
    ...{ goals: false, seed: first, seeds, shards: [{ index, of }], wallSeconds: 1 },
    outcomes: seedsOf(first, seeds, { index, of }).map(outcome),
  };
}

test('every seed is in exactly one shard', () => {
  fc.assert(
    fc.property(firsts, counts, numbersOfShards, (first, count, of) => {
      const shards = Array.from({ length: of }, (_, i) =>
        seedsOf(first, count, { index: i + 1, of }),
      );
      const whole = seedsOf(first, count, { index: 1, of: 1 });
      expect(new Set(whole).size).toBe(count);
      expect(shards.flat().sort()).toEqual([...whole].sort());
    }),
  );
});

test('merging the shards, in any order, gives the seeds in theirs', () => {
  fc.assert(
    fc.property(firsts, counts, numbersOfShards, fc.nat(), (first, count, of, turn) => {
      const parts = Array.from({ length: of }, (_, i) => {
        const index = ((i + turn) % of) + 1;
        return { file: `${index}.json`, batch: batch(first, count, index, of) };
      });
      const all = merged(parts);
      expect(all.outcomes.map(({ seed }) => seed)).toEqual(
        seedsOf(first, count, { index: 1, of: 1 }),
      );
      expect(all.shards).toEqual([{ index: 1, of: 1 }]);
    }),
  );
});

test('seeds count on from a number, and any other text is followed by one', () => {
  expect(seedsOf('9', 3, { index: 1, of: 1 })).toEqual(['9', '10', '11']);
  expect(seedsOf('night', 3, { index: 1, of: 1 })).toEqual(['night', 'night-1', 'night-2']);
  expect(seedsOf('007', 2, { index: 1, of: 1 })).toEqual(['007', '007-1']);
});

test.each([
  ['of another claim', { claim: 'd' }, 'a.json and b.json have other claims'],
  ['with other parameters', { parameters: { n: 1 } }, 'a.json and b.json have other parameters'],
  ['from another seed on', { seed: '2' }, 'a.json and b.json have other first seeds'],
  ['that counts goals', { goals: true }, 'have other demands'],
  ['of more seeds', { seeds: 9 }, 'a.json and b.json have other numbers of seeds'],
])('a part %s is refused', (_, change, message) => {
  const parts = [
    { file: 'a.json', batch: batch('1', 4, 1, 2) },
    { file: 'b.json', batch: { ...batch('1', 4, 2, 2), ...change } },
  ];
  expect(() => merged(parts)).toThrow(message);
});

test.each([
  ['nothing', '', 'is not JSON'],
  ['a report of one run', '{"ok":true}', 'is not what'],
  ['null', 'null', 'is not what'],
  ['a version to come', '{"format":"circuit sim seeds","version":2}', 'another version'],
])('a file with %s is refused', (_, text, message) => {
  expect(() => batchFrom('x.json', text)).toThrow(message);
});
