/** The order of many servers on one ring: worked out once for all who have the same circle. */

import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { type Circle, ringPosition } from './circle.ts';

/** Who stands where on a ring, from 0 on; those at one place in the order of their ids. */
export interface Order {
  readonly positions: Float64Array;
  readonly ids: readonly ServerId[];
}

const orders = new WeakMap<Circle, Order[]>();

export function orderOf(circle: Circle, ring: number): Order {
  let known = orders.get(circle);
  if (known === undefined) {
    known = [];
    orders.set(circle, known);
  }
  const order = known[ring] ?? sorted(circle, ring);
  known[ring] = order;
  return order;
}

function sorted(circle: Circle, ring: number): Order {
  const byId: ServerId[] = [];
  circle.visit((id) => byId.push(id));
  byId.sort();
  // A number that sorts as the position, and among equals as the id.
  const places = new Float64Array(byId.length);
  for (const [at, id] of byId.entries()) {
    places[at] = ringPosition(id, ring) * limits.membersMax + at;
  }
  places.sort();
  const ids = Array.from(places, (place) => byId[place % limits.membersMax] as ServerId);
  return { positions: places.map((place) => Math.floor(place / limits.membersMax)), ids };
}

/**
 * Those who may be next to whoever is at `position`: all that stand there, and the nearest on
 * either side.
 */
export function around({ positions, ids }: Order, position: number): ServerId[] {
  const count = ids.length;
  if (count === 0) return [];
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] as number) < position) low = middle + 1;
    else high = middle;
  }
  const found = [ids[(low + count - 1) % count] as ServerId];
  while (positions[low] === position) found.push(ids[low++] as ServerId);
  found.push(ids[low % count] as ServerId);
  return found;
}
