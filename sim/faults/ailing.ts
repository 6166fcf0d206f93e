/** Machines that something ails now and then: slow ones, full disks, processes that do not start. */

import type { Random } from '../../src/host/random.ts';
import type { Ailment } from '../ailments.ts';
import type { Incident } from '../incident.ts';
import { draw } from './draw.ts';

/** What ails which machines, how often and how long. */
export interface AilingOptions {
  readonly hosts: readonly string[];
  readonly ailment: Ailment;
  readonly fromUs: number;
  readonly toUs: number;
  readonly everyUs: number;
  /** How many of the hosts each time, e.g. 0.1; at least one. */
  readonly share: number;
  readonly forUs: number;
}

/** Draws whom it ails when, as incidents for `cluster.play`. */
export function ailing(random: Random, options: AilingOptions): Incident[] {
  const { hosts, ailment, fromUs, toUs, everyUs, share, forUs } = options;
  const count = Math.max(1, Math.floor(hosts.length * share + 0.5));
  const incidents: Incident[] = [];
  for (let at = fromUs; at < toUs; at += everyUs) {
    for (const host of draw(random, hosts, count)) {
      incidents.push({ at, type: 'ailment', host, ailment, forUs });
    }
  }
  return incidents;
}
