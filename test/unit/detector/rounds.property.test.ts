import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { Rounds } from '../../../src/detector/rounds.ts';
import { idOf } from '../../support/members.ts';

describe('rounds', () => {
  test('no member waits for longer than two rounds, whatever the chance', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 20 }), (seed, count) => {
        const rounds = new Rounds(new SimRandom(seed));
        const last = new Map(Array.from({ length: count }, (_, i) => [idOf(i), 0]));
        for (const id of last.keys()) rounds.add(id);
        for (let turn = 1; turn <= 10 * count; turn++) {
          const id = rounds.next(() => true);
          expect(id).toBeDefined();
          if (id !== undefined) last.set(id, turn);
          for (const at of last.values()) expect(turn - at).toBeLessThan(2 * count);
        }
      }),
    );
  });

  test('rounds differ in their order', () => {
    const rounds = new Rounds(new SimRandom('order'));
    for (let number = 0; number < 8; number++) rounds.add(idOf(number));
    const turns = Array.from({ length: 80 }, () => rounds.next(() => true));
    const orders = Array.from({ length: 10 }, (_, i) => turns.slice(8 * i, 8 * i + 8).join());
    expect(new Set(orders).size).toBe(10);
  });

  test('removed members and ineligible ones have no turn', () => {
    const rounds = new Rounds(new SimRandom('rounds'));
    for (const number of [1, 2, 3]) rounds.add(idOf(number));
    rounds.remove(idOf(1));
    const turns = Array.from({ length: 8 }, () => rounds.next((id) => id !== idOf(2)));
    expect(new Set(turns)).toEqual(new Set([idOf(3)]));
    expect(rounds.next(() => false)).toBeUndefined();
  });
});
