import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { distances, graphOf } from '../../../sim/measure/graph.ts';
import { spectrumOf } from '../../../sim/measure/spectrum.ts';
import {
  clusteringOf,
  degreesOf,
  largestPartAfter,
  largestPartOf,
  mixingOf,
} from '../../../sim/measure/structure.ts';
import {
  bipartite,
  complete,
  cycle,
  cycles,
  graphWhere,
  hypercube,
  path,
  petersen,
  star,
  torus,
} from '../../support/graphs.ts';

test('degrees are those that one can count', () => {
  expect(degreesOf(star(9))).toEqual({ min: 1, mean: 16 / 9, max: 8 });
  expect(degreesOf(petersen)).toEqual({ min: 3, mean: 3, max: 3 });
  expect(degreesOf(graphOf(3, []))).toEqual({ min: 0, mean: 0, max: 0 });
});

describe('clustering', () => {
  test('is 1 where all know each other, and 0 where no three do', () => {
    for (const n of [3, 4, 9]) expect(clusteringOf(complete(n))).toBe(1);
    for (const graph of [cycle(4), path(9), star(9), petersen, hypercube(4), bipartite(3, 5)]) {
      expect(clusteringOf(graph)).toBe(0);
    }
    expect(clusteringOf(cycle(3))).toBe(1);
    expect(clusteringOf(graphOf(0, []))).toBe(0);
  });

  test('of a ring in which each knows the k / 2 on each side is 3 (k - 2) / 4 (k - 1)', () => {
    for (const k of [4, 6, 10]) {
      const n = 60;
      const ring = graphWhere(n, (a, b) => Math.min(b - a, n - (b - a)) <= k / 2);
      expect(clusteringOf(ring)).toBeCloseTo((3 * (k - 2)) / (4 * (k - 1)), 12);
    }
  });

  test('of a wheel is that of its hub and its rim', () => {
    const rim = 8;
    const wheel = graphWhere(rim + 1, (a, b) => a === 0 || b - a === 1 || (a === 1 && b === rim));
    expect(clusteringOf(wheel)).toBeCloseTo((2 / (rim - 1) + (rim * 2) / 3) / (rim + 1), 12);
  });
});

describe('distances', () => {
  test('have the closed forms of their graphs', () => {
    expect(distances(complete(9))).toEqual({ diameter: 1, mean: 1 });
    expect(distances(petersen)).toEqual({ diameter: 2, mean: 15 / 9 });
    for (const n of [4, 10, 33]) {
      expect(distances(path(n)).diameter).toBe(n - 1);
      expect(distances(path(n)).mean).toBeCloseTo((n + 1) / 3, 12);
      expect(distances(star(n)).mean).toBeCloseTo((2 * (n - 1)) / n, 12);
    }
    for (const n of [4, 10, 32]) {
      expect(distances(cycle(n)).diameter).toBe(n / 2);
      expect(distances(cycle(n)).mean).toBeCloseTo((n * n) / (4 * (n - 1)), 12);
      expect(distances(cycle(n + 1)).mean).toBeCloseTo((n + 2) / 4, 12);
    }
    for (const d of [2, 3, 6]) {
      expect(distances(hypercube(d)).diameter).toBe(d);
      expect(distances(hypercube(d)).mean).toBeCloseTo((d * 2 ** (d - 1)) / (2 ** d - 1), 12);
    }
    const [p, q] = [3, 5];
    expect(distances(bipartite(p, q)).mean).toBeCloseTo(
      (2 * p * q + 2 * p * (p - 1) + 2 * q * (q - 1)) / ((p + q) * (p + q - 1)),
      12,
    );
    expect(distances(torus(4, 6))).toMatchObject({ diameter: 5, mean: (24 * (1 + 1.5)) / 23 });
  });

  test('from a few vertices are those of all, where all are alike', () => {
    expect(distances(torus(6, 6), [7, 20])).toEqual(distances(torus(6, 6)));
    expect(distances(path(5), [2])).toEqual({ diameter: 2, mean: 1.5 });
    expect(distances(path(5), [])).toEqual({ diameter: 0, mean: 0 });
  });
});

test('the gap of a regular graph is its degree less the second eigenvalue', () => {
  const mixing = mixingOf(spectrumOf(petersen), 3);
  expect(mixing.gap).toBeCloseTo(2, 9);
  expect(mixing.normalGap).toBeCloseTo(2 / 3, 9);
  expect(mixing.ratio).toBeCloseTo(1 / (2 * Math.SQRT2), 9);
  expect(mixingOf(spectrumOf(graphOf(2, [])), 0)).toEqual({ gap: 0, normalGap: 0, ratio: 0 });
});

describe('when many are removed at once', () => {
  const random = () => new SimRandom('removal');

  test('a star falls apart without its hub, which has the most edges', () => {
    expect(largestPartAfter(star(10), 0.1, { by: 'degree' })).toBe(1 / 9);
    expect(largestPartOf(star(10))).toBe(1);
  });

  test('all who are left know each other in a complete graph', () => {
    for (const share of [0, 0.3, 0.7, 1]) {
      expect(largestPartAfter(complete(20), share, { by: 'chance', random: random() })).toBe(1);
    }
  });

  test('a cycle has no part longer than its longest stretch without a removed one', () => {
    const left = largestPartAfter(cycle(1_000), 0.5, { by: 'chance', random: random() });
    expect(left).toBeLessThan(0.05);
    expect(left).toBeGreaterThan(1 / 500);
  });

  test('five random cycles through all hold together when half of all are gone', () => {
    const graph = cycles(400, 5, 'hold');
    const at = (share: number) =>
      largestPartAfter(graph, share, { by: 'chance', random: random() });
    expect(at(0.3)).toBe(1);
    expect(at(0.5)).toBeGreaterThan(0.98);
  });

  test('those removed by chance are as many as the share says, and any of them', () => {
    const two = graphOf(2, []);
    expect(largestPartAfter(two, 0.5, { by: 'chance', random: random() })).toBe(1);
    expect(largestPartAfter(graphOf(4, []), 0.5, { by: 'chance', random: random() })).toBe(0.5);
  });
});
