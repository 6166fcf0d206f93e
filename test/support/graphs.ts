/** Graphs of which textbooks say everything. */

import { type Graph, graphOf } from '../../sim/measure/graph.ts';
import { SimRandom } from '../../sim/random.ts';

type Edge = readonly [number, number];

/** The graph in which those are neighbours of whom `near` says so, for a < b. */
export function graphWhere(size: number, near: (a: number, b: number) => boolean): Graph {
  const edges: Edge[] = [];
  for (let a = 0; a < size; a++)
    for (let b = a + 1; b < size; b++) if (near(a, b)) edges.push([a, b]);
  return graphOf(size, edges);
}

export const cycle = (n: number): Graph => graphWhere(n, (a, b) => b - a === 1 || b - a === n - 1);
export const path = (n: number): Graph => graphWhere(n, (a, b) => b - a === 1);
export const complete = (n: number): Graph => graphWhere(n, () => true);
export const star = (n: number): Graph => graphWhere(n, (a) => a === 0);

/** Two sides of so many, each vertex of one beside each of the other. */
export const bipartite = (left: number, right: number): Graph =>
  graphWhere(left + right, (a, b) => a < left && b >= left);

export const hypercube = (dimension: number): Graph =>
  graphWhere(2 ** dimension, (a, b) => ((a ^ b) & ((a ^ b) - 1)) === 0);

/** So many by so many, each with four neighbours; at least 3 each way. */
export const torus = (rows: number, columns: number): Graph => {
  const apart = (a: number, b: number, n: number) => Math.min((a - b + n) % n, (b - a + n) % n);
  return graphWhere(rows * columns, (a, b) => {
    const down = apart(Math.floor(a / columns), Math.floor(b / columns), rows);
    return down + apart(a % columns, b % columns, columns) === 1;
  });
};

export const petersen = graphOf(10, [
  ...Array.from({ length: 5 }, (_, i): Edge => [i, (i + 1) % 5]),
  ...Array.from({ length: 5 }, (_, i): Edge => [i, i + 5]),
  ...Array.from({ length: 5 }, (_, i): Edge => [5 + i, 5 + ((i + 2) % 5)]),
]);

/** The union of so many random cycles through all, as the overlay is one. */
export function cycles(size: number, count: number, seed: string): Graph {
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
