import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import {
  components,
  distances,
  type Graph,
  graphOf,
  meanDegree,
} from '../../../sim/measure/graph.ts';
import { spectrumOf } from '../../../sim/measure/spectrum.ts';

type Edge = readonly [number, number];

const cycle = (n: number): Edge[] => Array.from({ length: n }, (_, i): Edge => [i, (i + 1) % n]);
const complete = (n: number): Edge[] => pairs(n).filter(([a, b]) => a < b);
const pairs = (n: number): Edge[] =>
  Array.from({ length: n * n }, (_, i): Edge => [Math.floor(i / n), i % n]);

function hypercube(dimension: number): Graph {
  const size = 2 ** dimension;
  const near = (a: number, b: number) => {
    const apart = a ^ b;
    return a < b && (apart & (apart - 1)) === 0;
  };
  return graphOf(
    size,
    pairs(size).filter(([a, b]) => near(a, b)),
  );
}

const petersen = graphOf(10, [
  ...cycle(5),
  ...Array.from({ length: 5 }, (_, i): Edge => [i, i + 5]),
  ...Array.from({ length: 5 }, (_, i): Edge => [5 + i, 5 + ((i + 2) % 5)]),
]);

/** The union of so many random cycles through all, as the overlay is one. */
function cycles(size: number, count: number, seed: string): Graph {
  const random = new SimRandom(seed);
  const edges = new Map<number, Edge>();
  for (let ring = 0; ring < count; ring++) {
    const order = Array.from({ length: size }, (_, i) => i);
    for (let i = size - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    for (let i = 0; i < size; i++) {
      const [a, b] = [order[i] as number, order[(i + 1) % size] as number];
      edges.set(Math.min(a, b) * size + Math.max(a, b), [a, b]);
    }
  }
  return graphOf(size, edges.values());
}

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
      const { first, second, least } = spectrumOf(graphOf(n, cycle(n)));
      expect(first).toBeCloseTo(2, 9);
      expect(second).toBeCloseTo(2 * Math.cos((2 * Math.PI) / n), 9);
      expect(least).toBeCloseTo(n % 2 === 0 ? -2 : 2 * Math.cos(Math.PI * (1 - 1 / n)), 9);
    }
  });

  test('of a complete graph is its degree and -1', () => {
    expect(spectrumOf(graphOf(12, complete(12)))).toMatchObject({
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

  test('of two parts has the largest eigenvalue twice', () => {
    const two = [...cycle(5), ...cycle(7).map(([a, b]): Edge => [a + 5, b + 5])];
    expect(spectrumOf(graphOf(12, two))).toMatchObject({
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

  test('of a thousand vertices of degree 10 is near the best there is, and soon known', () => {
    const graph = cycles(1_000, 5, 'large');
    const before = performance.now();
    const { second } = spectrumOf(graph);
    const tookMs = performance.now() - before;
    const best = 2 * Math.sqrt(meanDegree(graph) - 1);
    expect(second / best).toBeGreaterThan(0.95);
    expect(second / best).toBeLessThan(1.05);
    expect(tookMs).toBeLessThan(500);
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
    expect(distances(graphOf(6, cycle(6)))).toEqual({ diameter: 3, mean: 1.8 });
    expect(distances(petersen)).toEqual({ diameter: 2, mean: 15 / 9 });
    expect(distances(graphOf(4, [[0, 1]]))).toEqual({ diameter: 1, mean: 1 });
    expect(distances(graphOf(1, []))).toEqual({ diameter: 0, mean: 0 });
  });
});
