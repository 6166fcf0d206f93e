import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServerId } from '../../../src/id.ts';
import { ringPosition } from '../../../src/overlay/circle.ts';
import { anyId, idOf } from '../../support/members.ts';
import { OwnRings } from '../../support/own-rings.ts';

const K = 5;

/** The definition: sort each ring by position, then id; take whoever stands next to us. */
function neighboursByDefinition(view: readonly ServerId[], self: ServerId, rings = K): ServerId[] {
  const others = view.filter((id) => id !== self);
  if (view.length <= 2 * rings + 1) return others.sort();
  const found = new Set<ServerId>();
  for (let ring = 0; ring < rings; ring++) {
    const order = [...view].sort((a, b) => {
      const [x, y] = [ringPosition(a, ring), ringPosition(b, ring)];
      return x === y ? (a < b ? -1 : 1) : x - y;
    });
    const at = order.indexOf(self);
    found.add(order[(at + 1) % order.length] as ServerId);
    found.add(order[(at + order.length - 1) % order.length] as ServerId);
  }
  return [...found].sort();
}

/** Numbers of servers to add, or to remove when they are there. */
const changes = fc.array(fc.nat(40), { minLength: 1, maxLength: 120 });

/** Spreads small numbers over the whole range of ids. */
const spread = (number: number) => idOf(number * 0x9e37_79b9_7f4a + 1);

/** Two ids with one position: among a few 100,000 some meet. */
function idsThatMeet(ring: number): [ServerId, ServerId] {
  const seen = new Map<number, ServerId>();
  for (let number = 1; ; number++) {
    const id = spread(number);
    const position = ringPosition(id, ring);
    const other = seen.get(position);
    if (other !== undefined) return [other, id];
    seen.set(position, id);
  }
}

describe('rings', () => {
  test('each of two that stand next to each other sees the other on another side', () => {
    const ids = Array.from({ length: 60 }, (_, number) => spread(number));
    const all = new Map(ids.map((id) => [id, new OwnRings(id, K)]));
    for (const rings of all.values()) for (const id of ids) rings.add(id);
    for (const [id, rings] of all) {
      const near = ids.filter((other) => rings.sideOf(other, 2) !== undefined);
      expect(near).toHaveLength(rings.besides(2));
      expect(near.length).toBeLessThanOrEqual(4);
      expect(near.every((other) => rings.neighbours.has(other))).toBe(true);
      for (const other of near) {
        const sides = [rings.sideOf(other, 2), all.get(other)?.sideOf(id, 2)];
        expect(sides.sort()).toEqual(['after', 'before']);
      }
    }
    // Along one ring everybody is reached.
    let [at] = ids as [ServerId];
    const seen = new Set<ServerId>();
    while (!seen.has(at)) {
      seen.add(at);
      at = ids.find((id) => all.get(at)?.sideOf(id, 1) === 'after') as ServerId;
    }
    expect(seen.size).toBe(ids.length);
  });

  test('neighbours are what the definition says, after any arrivals and departures', () => {
    fc.assert(
      fc.property(fc.nat(1_000), changes, fc.integer({ min: 1, max: 6 }), (own, numbers, k) => {
        const self = spread(own + 100);
        const rings = new OwnRings(self, k);
        const view = new Set([self]);
        for (const id of numbers.map(spread)) {
          if (view.delete(id)) {
            rings.remove(id);
          } else {
            view.add(id);
            rings.add(id);
          }
          expect([...rings.neighbours]).toEqual(neighboursByDefinition([...view], self, k));
          expect(rings.size).toBe(view.size);
        }
      }),
    );
  });

  test('whoever is my neighbour has me for one, and all are connected, whatever the ids', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyId, { minLength: 2, maxLength: 40 }), (view) => {
        const neighbours = new Map(
          view.map((self) => {
            const rings = new OwnRings(self, K);
            for (const id of view) rings.add(id);
            return [self, rings.neighbours] as const;
          }),
        );
        for (const [self, theirs] of neighbours) {
          expect(theirs.has(self)).toBe(false);
          expect(theirs.size).toBeLessThanOrEqual(2 * K);
          for (const id of theirs) expect(neighbours.get(id)?.has(self)).toBe(true);
        }
        const reached = new Set([view[0] as ServerId]);
        for (const id of reached) {
          for (const next of neighbours.get(id) ?? []) reached.add(next);
        }
        expect(reached.size).toBe(view.length);
      }),
    );
  });

  test('a server that is added twice, or removed without being there, changes nothing', () => {
    const rings = new OwnRings(idOf(0), K);
    rings.add(idOf(0));
    rings.add(idOf(1));
    const before = rings.neighbours;
    rings.add(idOf(1));
    rings.remove(idOf(2));
    expect(rings.neighbours).toBe(before);
    expect([...before]).toEqual([idOf(1)]);
  });

  test('two servers at the same place of a ring stand there in the order of their ids', () => {
    const [a, b] = idsThatMeet(0);
    for (const others of [
      [3, 4],
      [5, 6],
      [7, 8, 9],
    ]) {
      const view = [a, b, ...others.map(spread)];
      for (const self of view) {
        const rings = new OwnRings(self, 1);
        for (const id of view) rings.add(id);
        expect([...rings.neighbours]).toEqual(neighboursByDefinition(view, self, 1));
      }
    }
  });

  test('a newcomer far from us on every ring leaves the set of neighbours the same object', () => {
    const self = spread(1);
    const rings = new OwnRings(self, K);
    for (let number = 2; number < 2_000; number++) rings.add(spread(number));
    let kept = 0;
    for (let number = 2_000; number < 2_100; number++) {
      const before = rings.neighbours;
      rings.add(spread(number));
      if (rings.neighbours === before) kept++;
    }
    expect(kept).toBeGreaterThan(90);
  });

  test('those who come all at once are taken up as if they came one after another', () => {
    const many = fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(many, fc.nat(20), fc.integer({ min: 1, max: 6 }), (numbers, first, k) => {
        const [self = idOf(1), ...others] = numbers.map(spread);
        const [early, late] = [others.slice(0, first), others.slice(first)];
        for (const all of [late, [self, ...late]]) {
          const rings = new OwnRings(self, k);
          for (const id of early) rings.add(id);
          rings.addAll(all);
          const view = [self, ...others];
          expect([...rings.neighbours]).toEqual(neighboursByDefinition(view, self, k));
        }
      }),
    );
    const [a, b] = idsThatMeet(0);
    for (const self of [a, b]) {
      const view = [a, b, ...[3, 4, 5].map(spread)];
      const rings = new OwnRings(self, 1);
      rings.addAll(view.filter((id) => id !== self));
      expect([...rings.neighbours]).toEqual(neighboursByDefinition(view, self, 1));
    }
  });

  describe('of others', () => {
    /** The rings of everybody in `view`, which each learned in another order. */
    const ringsOf = (view: readonly ServerId[], k = K) =>
      view.map((self, turn) => {
        const rings = new OwnRings(self, k);
        const rest = [...view.slice(turn), ...view.slice(0, turn)];
        for (const id of turn % 2 === 0 ? rest : rest.reverse()) rings.add(id);
        return rings;
      });
    const anyView = fc.uniqueArray(anyId, { minLength: 1, maxLength: 40 });

    test('all servers agree on who observes whom, and on the order', () => {
      fc.assert(
        fc.property(anyView, fc.integer({ min: 1, max: 6 }), (view, k) => {
          const all = ringsOf(view, k);
          for (const subject of view) {
            const orders = new Set(all.map((rings) => rings.neighboursOf(subject).join()));
            expect(orders.size).toBe(1);
          }
        }),
      );
    });

    test('they are neighbours of each other, and what the definition says', () => {
      fc.assert(
        fc.property(anyView, fc.integer({ min: 1, max: 6 }), (view, k) => {
          const [rings] = ringsOf(view, k) as [OwnRings];
          for (const subject of view) {
            const theirs = rings.neighboursOf(subject);
            expect([...theirs].sort()).toEqual(neighboursByDefinition(view, subject, k));
            for (const id of theirs) expect(rings.neighboursOf(id)).toContain(subject);
          }
        }),
      );
    });

    test('whatever came and went, only those that are there count', () => {
      fc.assert(
        fc.property(fc.nat(1_000), changes, (own, numbers) => {
          const self = spread(own + 100);
          const rings = new OwnRings(self, 3);
          const view = new Set([self]);
          for (const id of numbers.map(spread)) {
            if (view.delete(id)) rings.remove(id);
            else {
              view.add(id);
              rings.add(id);
            }
          }
          const fresh = new OwnRings(self, 3);
          for (const id of [...view].sort()) fresh.add(id);
          for (const id of numbers.map(spread)) {
            expect(rings.neighboursOf(id)).toEqual(fresh.neighboursOf(id));
            if (!view.has(id)) expect(rings.neighboursOf(id)).toEqual([]);
          }
          expect([...rings.neighboursOf(self)].sort()).toEqual([...rings.neighbours]);
        }),
      );
    });

    test('up to 2K + 1 servers all observe all, in another order for each subject', () => {
      const view = Array.from({ length: 2 * K + 2 }, (_, i) => spread(i + 1));
      const [rings] = ringsOf(view.slice(0, -1)) as [OwnRings];
      const firsts = new Set<ServerId>();
      for (const subject of view.slice(0, -1)) {
        const observers = rings.neighboursOf(subject);
        expect(observers).toHaveLength(2 * K);
        firsts.add(observers[0] as ServerId);
      }
      expect(firsts.size).toBeGreaterThan(4);
      rings.add(view.at(-1) as ServerId);
      for (const subject of view) {
        expect(rings.neighboursOf(subject).length).toBeLessThanOrEqual(2 * K);
      }
      rings.remove(view.at(-1) as ServerId);
      expect(rings.neighboursOf(view[3] as ServerId)).toHaveLength(2 * K);
    });

    test('two at the same place of a ring stand there in the order of their ids', () => {
      const [a, b] = idsThatMeet(0);
      const view = [a, b, ...[3, 4, 5].map(spread)];
      for (const rings of ringsOf(view, 1)) {
        for (const subject of view) {
          const theirs = [...rings.neighboursOf(subject)].sort();
          expect(theirs).toEqual(neighboursByDefinition(view, subject, 1));
        }
      }
    });
  });
});
