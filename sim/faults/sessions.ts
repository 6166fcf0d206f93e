/**
 * Servers that live for a while, each on its own, as in studies of peers that come and go (Rhea et
 * al., Handling Churn in a DHT, 2004). Who goes is replaced at the same address, so that there are
 * always about as many.
 */

import type { Random } from '../../src/host/random.ts';
import { SECOND } from '../../src/time.ts';
import type { Incident } from '../incident.ts';
import type { Ways } from './churn.ts';
import { inOrder, pick } from './draw.ts';
import { type Lifetimes, lifetime } from './lifetimes.ts';

/** Who lives how long. */
export interface SessionOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
  /** Half of the sessions are shorter. */
  readonly medianUs: number;
  /** How they are distributed. Default: exponentially. */
  readonly lifetimes?: Lifetimes;
  /** Until the next one starts there. Default: 1 s, the time that a goodbye needs. */
  readonly awayUs?: number;
  /** Weights of the ways to go. */
  readonly ways: Ways;
}

/** Draws the sessions of each host, as incidents for `cluster.play`. */
export function sessions(random: Random, options: SessionOptions): Incident[] {
  const { fromUs, toUs, medianUs, lifetimes = 'exponential', awayUs = SECOND, ways } = options;
  const incidents: Incident[] = [];
  for (const host of options.hosts) {
    let at = fromUs;
    for (;;) {
      at += Math.ceil(lifetime(random, lifetimes, medianUs));
      if (at >= toUs) break;
      const type = pick(random, ways);
      incidents.push({ at, type, host }, { at: at + awayUs, type: 'start', host });
      at += awayUs;
    }
  }
  return inOrder(incidents);
}
