/** Many servers that fail at one instant: a rack, a room, a bad update. */

import type { Random } from '../../src/host/random.ts';
import type { Incident } from '../incident.ts';
import { draw, inOrder } from './draw.ts';

/** How many hosts fail at one instant, and how. */
export interface MassOptions {
  readonly hosts: readonly string[];
  readonly atUs: number;
  /** How many of the hosts, e.g. 0.3. */
  readonly share: number;
  readonly way: 'crash' | 'dark' | 'leave';
  /** After how long they come back, all at once; never when left out. */
  readonly awayUs?: number;
}

/** Draws who fails at one instant, as incidents for `cluster.play`. */
export function massFailure(random: Random, options: MassOptions): Incident[] {
  const { hosts, atUs, share, way, awayUs } = options;
  const failing = draw(random, hosts, Math.floor(hosts.length * share + 0.5));
  const incidents: Incident[] = failing.map((host) => ({ at: atUs, type: way, host }));
  if (awayUs === undefined) return incidents;
  const back = failing.map((host): Incident => ({ at: atUs + awayUs, type: 'start', host }));
  return inOrder([...incidents, ...back]);
}
