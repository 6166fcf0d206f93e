import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WorldUnderTest } from './worlds.ts';

export function describeRandom(world: WorldUnderTest): void {
  describe('random', () => {
    test('a float is from 0 to below 1, and has at least 32 bits', async () => {
      const { random } = await world.open();
      const low = new Set<number>();
      for (let i = 0; i < 10_000; i++) {
        const drawn = random.float();
        expect(drawn >= 0 && drawn < 1).toBe(true);
        low.add(Math.floor(drawn * 2 ** 32) % 256);
      }
      expect(low.size).toBe(256);
    });

    test('below(n) is an integer from 0 to below n', async () => {
      const { random } = await world.open();
      const n = fc.oneof(fc.integer({ min: 1, max: 2 ** 32 }), fc.constantFrom(1, 2, 2 ** 32));
      fc.assert(
        fc.property(n, (n) => {
          const drawn = random.below(n);
          expect(Number.isInteger(drawn) && drawn >= 0 && drawn < n).toBe(true);
        }),
        { numRuns: 1_000 },
      );
    });

    test('below(6) draws each number equally often', async () => {
      const { random } = await world.open();
      const counts = [0, 0, 0, 0, 0, 0];
      for (let i = 0; i < 6_000; i++) counts[random.below(6)]!++;
      for (const count of counts) {
        expect(count).toBeGreaterThan(800); // Seven standard deviations off.
        expect(count).toBeLessThan(1_200);
      }
    });

    test('below(2^32) reaches its upper half', async () => {
      const { random } = await world.open();
      const drawn = Array.from({ length: 100 }, () => random.below(2 ** 32));
      expect(drawn.some((number) => number >= 2 ** 31)).toBe(true);
      expect(drawn.some((number) => number < 2 ** 31)).toBe(true);
    });

    test('bytes are as many as asked for, of every value, and the caller may keep them', async () => {
      const { random } = await world.open();
      for (const count of [0, 1, 7, 8, 64, 65, 5_000]) {
        const bytes = random.bytes(count);
        expect(bytes).toHaveLength(count);
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      }
      const first = random.bytes(16);
      const copy = first.slice();
      expect(random.bytes(16)).not.toEqual(first);
      expect(first).toEqual(copy);
      expect(new Set(random.bytes(10_000)).size).toBe(256);
    });

    test('a fork draws otherwise than its parent and than a fork of another label', async () => {
      const { random } = await world.open();
      const [a, b] = [random.fork('a'), random.fork('b')];
      const drawn = [random, a, b, a.fork('b')].map((one) => one.bytes(16).join());
      expect(new Set(drawn).size).toBe(4);
    });
  });
}
