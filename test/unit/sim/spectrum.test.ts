import { describe, expect, test } from 'vitest';
import {
  components,
  distances,
  type Graph,
  graphOf,
  meanDegree,
} from '../../../sim/measure/graph.ts';
import { spectrumOf } from '../../../sim/measure/spectrum.ts';
import {
  bipartite,
  complete,
  cycle,
  cycles,
  hypercube,
  path,
  petersen,
  star,
  torus,
} from '../../support/graphs.ts';

/** All eigenvalues of the dense matrix, the largest first: Jacobi's rotations. */
function reference(graph: Graph): number[] {
  const n = graph.size;
  const a = Array.from({ length: n }, () => new Float64Array(n));
  for (let v = 0; v < n; v++) {
    for (const t of graph.targets.subarray(graph.starts[v], graph.starts[v + 1])) {
      a[v]![t] = a[v]![t]! + 1;
    }
  }
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, p, q);
  }
  return a.map((row, i) => row[i]!).sort((x, y) => y - x);
}

function rotate(a: Float64Array[], p: number, q: number): void {
  const beside = a[p]![q]!;
  if (Math.abs(beside) < 1e-14) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * beside);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of a) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  const [rowP, rowQ] = [a[p]!, a[q]!];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [rowP[k]!, rowQ[k]!];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
  }
}

describe('the spectrum', () => {
  test('of a cycle is twice the cosines of the circle', () => {
    for (const n of [3, 4, 5, 12, 60]) {
      const { first, second, least } = spectrumOf(cycle(n));
      expect(first).toBeCloseTo(2, 9);
      expect(second).toBeCloseTo(2 * Math.cos((2 * Math.PI) / n), 9);
      expect(least).toBeCloseTo(n % 2 === 0 ? -2 : 2 * Math.cos(Math.PI * (1 - 1 / n)), 9);
    }
  });

  test('of a complete graph is its degree and -1', () => {
    expect(spectrumOf(complete(12))).toMatchObject({
      first: expect.closeTo(11, 9),
      second: expect.closeTo(-1, 9),
      modulus: expect.closeTo(1, 9),
    });
  });

  test('of the Petersen graph is 3, 1 and -2', () => {
    expect(spectrumOf(petersen)).toMatchObject({
      first: expect.closeTo(3, 9),
      second: expect.closeTo(1, 9),
      least: expect.closeTo(-2, 9),
      modulus: expect.closeTo(2, 9),
    });
  });

  test('of a hypercube is the dimension, and 2 less; it has two sides', () => {
    for (const dimension of [1, 3, 6]) {
      const { first, second, least, modulus } = spectrumOf(hypercube(dimension));
      expect(first).toBeCloseTo(dimension, 9);
      expect(second).toBeCloseTo(dimension - 2, 9);
      expect(least).toBeCloseTo(-dimension, 9);
      expect(modulus).toBeCloseTo(dimension, 9);
    }
  });

  test('of a path is twice the cosines between the ends', () => {
    for (const n of [2, 3, 7, 40]) {
      const { first, second, least } = spectrumOf(path(n));
      const eigenvalue = (k: number) => 2 * Math.cos((k * Math.PI) / (n + 1));
      expect(first).toBeCloseTo(eigenvalue(1), 9);
      expect(second).toBeCloseTo(eigenvalue(2), 9);
      expect(least).toBeCloseTo(eigenvalue(n), 9);
    }
  });

  test('of a star, or of two sides, is the root of the product of the sides, and 0', () => {
    for (const [graph, product] of [
      [star(10), 9],
      [bipartite(3, 5), 15],
      [bipartite(4, 4), 16],
    ] as const) {
      expect(spectrumOf(graph)).toMatchObject({
        first: expect.closeTo(Math.sqrt(product), 9),
        second: expect.closeTo(0, 9),
        least: expect.closeTo(-Math.sqrt(product), 9),
      });
    }
  });

  test('of a torus is the sum of those of its two cycles', () => {
    for (const [rows, columns] of [
      [3, 3],
      [4, 6],
      [5, 8],
    ] as const) {
      const { first, second } = spectrumOf(torus(rows, columns));
      expect(first).toBeCloseTo(4, 9);
      const longer = Math.max(rows, columns);
      expect(second).toBeCloseTo(2 + 2 * Math.cos((2 * Math.PI) / longer), 6);
    }
  });

  test('of two parts has the largest eigenvalue twice', () => {
    const ring = (from: number, n: number) =>
      Array.from({ length: n }, (_, i): [number, number] => [from + i, from + ((i + 1) % n)]);
    expect(spectrumOf(graphOf(12, [...ring(0, 5), ...ring(5, 7)]))).toMatchObject({
      first: expect.closeTo(2, 9),
      second: expect.closeTo(2, 9),
    });
    expect(spectrumOf(graphOf(3, [[0, 1]]))).toMatchObject({
      first: expect.closeTo(1, 9),
      second: expect.closeTo(0, 9),
    });
    expect(spectrumOf(graphOf(1, []))).toEqual({ first: 0, second: 0, least: 0, modulus: 0 });
  });

  test('of random graphs is that of the dense matrix', () => {
    for (const [size, rings] of [
      [40, 2],
      [90, 3],
      [120, 5],
    ] as const) {
      const graph = cycles(size, rings, `${size}`);
      const all = reference(graph);
      const { first, second, least } = spectrumOf(graph);
      expect(first).toBeCloseTo(all[0]!, 6);
      expect(Math.abs(second - all[1]!)).toBeLessThan(1e-3);
      expect(Math.abs(least - all.at(-1)!)).toBeLessThan(2e-2);
    }
  });

  test('of a thousand vertices of degree 10 is near the best there is', () => {
    const graph = cycles(1_000, 5, 'large');
    const { second } = spectrumOf(graph);
    const best = 2 * Math.sqrt(meanDegree(graph) - 1);
    expect(second / best).toBeGreaterThan(0.95);
    expect(second / best).toBeLessThan(1.05);
  });
});

describe('a graph', () => {
  test('falls into its components, the largest first', () => {
    const graph = graphOf(6, [
      [4, 5],
      [1, 2],
      [2, 3],
    ]);
    expect(components(graph)).toEqual([[1, 2, 3], [4, 5], [0]]);
  });

  test('has the distances that one can count', () => {
    expect(distances(cycle(6))).toEqual({ diameter: 3, mean: 1.8 });
    expect(distances(petersen)).toEqual({ diameter: 2, mean: 15 / 9 });
    expect(distances(graphOf(4, [[0, 1]]))).toEqual({ diameter: 1, mean: 1 });
    expect(distances(graphOf(1, []))).toEqual({ diameter: 0, mean: 0 });
  });
});
