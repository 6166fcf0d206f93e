/** How many neighbours everybody has, at once: see rings.ts for who they are. */

import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { ringPosition } from './circle.ts';

/**
 * Server => how many neighbours it has, as `Rings.neighboursOf` has them. All rings are sorted once,
 * O(nK log n), where asking for one server after another would take O(n^2 K).
 */
export function degrees(ids: readonly ServerId[], ringCount: number): Map<ServerId, number> {
  if (ids.length <= 2 * ringCount + 1) return new Map(ids.map((id) => [id, ids.length - 1]));
  const byId = [...ids].sort();
  const neighbours = byId.map((): number[] => []);
  // A number that sorts as the position, and among equals as the id: numbers sort several times
  // faster than objects.
  const places = new Float64Array(byId.length);
  for (let ring = 0; ring < ringCount; ring++) {
    for (const [at, id] of byId.entries()) {
      places[at] = ringPosition(id, ring) * limits.membersMax + at;
    }
    places.sort();
    let before = (places.at(-1) as number) % limits.membersMax;
    for (const place of places) {
      const at = place % limits.membersMax;
      meet(neighbours, before, at);
      before = at;
    }
  }
  return new Map(byId.map((id, at) => [id, (neighbours[at] as number[]).length]));
}

function meet(neighbours: readonly number[][], a: number, b: number): void {
  const ofA = neighbours[a] as number[];
  // At most 2K of them.
  if (ofA.includes(b)) return;
  ofA.push(b);
  (neighbours[b] as number[]).push(a);
}
