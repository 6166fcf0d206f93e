/** The servers that are on rings, and where. */

import { idHigh, idLow, mix } from '../hash.ts';
import type { ServerId } from '../id.ts';

/** Who is on the rings. It does not change: when somebody comes or goes, it is another one. */
export interface Circle {
  readonly size: number;
  has(id: ServerId): boolean;
  /** Calls for every server, with the bits of its id; as numbers they may be signed. */
  visit(each: (id: ServerId, high: number, low: number) => void): void;
}

/** The place of a server on a ring, from 0 to 2^32 - 1. */
export function ringPosition(id: ServerId, ring: number): number {
  return mix(idHigh(id), idLow(id), ring);
}
