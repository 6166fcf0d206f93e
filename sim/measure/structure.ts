/**
 * What a graph is like besides its spectrum: how many edges its vertices have, how much the
 * neighbours of one know each other, and what is left of it when many vertices are gone at once.
 */

import type { Random } from '../../src/host/random.ts';
import { components, degreeOf, type Graph, inducedBy, meanDegree } from './graph.ts';
import type { Spectrum } from './spectrum.ts';

/** How many edges vertices have. */
export interface Degrees {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** Of a graph with at least one vertex. */
export function degreesOf(graph: Graph): Degrees {
  let [min, max] = [graph.size, 0];
  for (let vertex = 0; vertex < graph.size; vertex++) {
    const degree = degreeOf(graph, vertex);
    min = Math.min(min, degree);
    max = Math.max(max, degree);
  }
  return { min, mean: meanDegree(graph), max };
}

/**
 * The mean over the vertices of the share of pairs of their neighbours that are neighbours
 * themselves (Watts and Strogatz 1998); a vertex with fewer than two neighbours counts as 0.
 */
export function clusteringOf(graph: Graph): number {
  const { size, starts, targets } = graph;
  /** vertex => the last one whose neighbour it was seen to be */
  const seenBy = new Int32Array(size).fill(-1);
  let sum = 0;
  for (let vertex = 0; vertex < size; vertex++) {
    const neighbours = targets.subarray(starts[vertex], starts[vertex + 1]);
    if (neighbours.length < 2) continue;
    for (const neighbour of neighbours) seenBy[neighbour] = vertex;
    let ends = 0;
    for (const neighbour of neighbours) {
      const end = starts[neighbour + 1] as number;
      for (let i = starts[neighbour] as number; i < end; i++) {
        if (seenBy[targets[i] as number] === vertex) ends++;
      }
    }
    sum += ends / (neighbours.length * (neighbours.length - 1));
  }
  return size === 0 ? 0 : sum / size;
}

/** How well a graph mixes, as single numbers. */
export interface Mixing {
  /** The first eigenvalue less the second: d - lambda2 where every vertex has degree d. */
  readonly gap: number;
  /** The gap as a share of the first: 1 - lambda2 / d. The more, the sooner news is everywhere. */
  readonly normalGap: number;
  /**
   * The second eigenvalue to 2 sqrt(d - 1), d being the mean degree: no large graph of degree d
   * stays much below 1 (Alon and Boppana). 0 where the mean degree is at most 1.
   */
  readonly ratio: number;
}

/** `degree`: the mean one. */
export function mixingOf({ first, second }: Spectrum, degree: number): Mixing {
  return {
    gap: first - second,
    normalGap: first === 0 ? 0 : 1 - second / first,
    ratio: degree <= 1 ? 0 : second / (2 * Math.sqrt(degree - 1)),
  };
}

/** Which vertices are removed: by chance, or those with the most edges. */
export type Removal =
  | { readonly by: 'chance'; readonly random: Random }
  | { readonly by: 'degree' };

/**
 * When this share of all vertices is removed at once: the share of those left that are in the
 * largest part. 1 when all are still connected, and when nobody is left.
 */
export function largestPartAfter(graph: Graph, share: number, removal: Removal): number {
  const order = Array.from({ length: graph.size }, (_, vertex) => vertex);
  const count = Math.min(graph.size, Math.floor(graph.size * share + 0.5));
  if (removal.by === 'degree') {
    order.sort((a, b) => degreeOf(graph, b) - degreeOf(graph, a) || a - b);
  } else {
    for (let i = 0; i < count; i++) {
      const other = i + removal.random.below(graph.size - i);
      [order[i], order[other]] = [order[other] as number, order[i] as number];
    }
  }
  return largestPartOf(inducedBy(graph, order.slice(count)));
}

/** The share of the vertices that are in the largest part; 1 when there are none. */
export function largestPartOf(graph: Graph): number {
  return graph.size === 0 ? 1 : (components(graph)[0]?.length ?? 0) / graph.size;
}
