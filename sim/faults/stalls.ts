/** Slow hosts: now and then some of them stand still, as by garbage collection or a busy machine. */

import type { Random } from '../../src/host/random.ts';
import type { Incident } from '../incident.ts';
import { draw } from './draw.ts';

/** Who stands still, how often and how long. */
export interface StallOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly everyUs: number;
  /** How many of the hosts each time, e.g. 0.1; at least one. */
  readonly share: number;
  /** How long they stand still. Below the detection time nobody may be given up for it. */
  readonly forUs: number;
}

/** Draws who stands still when, as incidents for `cluster.play`. */
export function stalls(random: Random, options: StallOptions): Incident[] {
  const { hosts, fromUs, toUs, everyUs, share, forUs } = options;
  const count = Math.max(1, Math.floor(hosts.length * share + 0.5));
  const incidents: Incident[] = [];
  for (let at = fromUs; at < toUs; at += everyUs) {
    for (const host of draw(random, hosts, count)) {
      incidents.push({ at, type: 'pause', host, forUs });
    }
  }
  return incidents;
}
