/** How many neighbours everybody has, at once: see rings.ts for who they are. */

import type { ServerId } from '../id.ts';
import { ringPosition } from './rings.ts';

/**
 * Server => how many neighbours it has, as `Rings.neighboursOf` has them. All rings are sorted once,
 * O(nK log n), where asking for one server after another would take O(n^2 K).
 */
export function degrees(ids: readonly ServerId[], ringCount: number): Map<ServerId, number> {
  if (ids.length <= 2 * ringCount + 1) return new Map(ids.map((id) => [id, ids.length - 1]));
  const neighbours = new Map<ServerId, ServerId[]>(ids.map((id) => [id, []]));
  for (let ring = 0; ring < ringCount; ring++) {
    const places = ids.map((id) => ({ id, at: ringPosition(id, ring) }));
    places.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    let before = (places.at(-1) as { id: ServerId }).id;
    for (const { id } of places) {
      meet(neighbours, before, id);
      before = id;
    }
  }
  return new Map([...neighbours].map(([id, { length }]) => [id, length]));
}

function meet(neighbours: Map<ServerId, ServerId[]>, a: ServerId, b: ServerId): void {
  const ofA = neighbours.get(a) as ServerId[];
  // At most 2K of them.
  if (ofA.includes(b)) return;
  ofA.push(b);
  (neighbours.get(b) as ServerId[]).push(a);
}
