/** The overlay of servers as a graph. */

import type { Node } from '../node.ts';
import { type Graph, graphOf } from './graph.ts';

/** The overlay of some nodes, which are its vertices in their order. */
export interface Overlay {
  readonly graph: Graph;
  readonly edges: readonly (readonly [number, number])[];
  /** A number that tells overlays apart. */
  readonly mark: number;
}

/** The edges that stand at both ends, and that one of the two wants. */
export function overlayOf(nodes: readonly Node[]): Overlay {
  const numbers = new Map(nodes.map((node, index) => [node.id, index]));
  const edges = new Map<number, readonly [number, number]>();
  let mark = nodes.length;
  for (const [index, node] of nodes.entries()) {
    const membership = node.server.membership();
    for (const id of membership.neighbours()) {
      const other = numbers.get(id);
      if (other === undefined) continue;
      const [low, high] = index < other ? [index, other] : [other, index];
      const key = low * nodes.length + high;
      if (edges.has(key) || !membership.hasEdge(id)) continue;
      if (!(nodes[other] as Node).server.membership().hasEdge(node.id)) continue;
      edges.set(key, [low, high]);
      mark = (Math.imul(mark ^ (nodes[low] as Node).index, 0x85ebca6b) >>> 0) ^ (mark >>> 15);
      mark = (Math.imul(mark ^ (nodes[high] as Node).index, 0xc2b2ae35) >>> 0) ^ (mark >>> 13);
    }
  }
  const list = [...edges.values()];
  return { graph: graphOf(nodes.length, list), edges: list, mark };
}
