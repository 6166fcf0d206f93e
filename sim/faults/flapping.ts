/**
 * Hosts that are cut off again and again. Each alone may be given up, and may give up others, all
 * that time; the others must stay out of it. Who was given up often may not come back for long.
 */

import { SECOND } from '../../src/time.ts';
import type { Incident } from '../incident.ts';
import type { Rule } from '../rules.ts';

/** Who is cut off again and again, and how. */
export interface FlappingOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
  /** How long each cut lasts, and how long it is until the next. */
  readonly cutUs: number;
  readonly gapUs: number;
  /** What does not arrive: what is sent to the host, by it, or both. */
  readonly direction: 'in' | 'out' | 'both';
  /** After how long all tell of it again, at the latest. Default: 600 s: flapping is damped. */
  readonly backWithinUs?: number;
}

/** Cuts hosts off again and again, as incidents for `cluster.play`. */
export function flapping(options: FlappingOptions): Incident[] {
  const { hosts, fromUs, toUs, cutUs, gapUs, direction, backWithinUs = 600 * SECOND } = options;
  const forUs = toUs - fromUs;
  const incidents: Incident[] = [{ at: fromUs, type: 'faulty', hosts, forUs, backWithinUs }];
  for (let at = fromUs; at < toUs; at += cutUs + gapUs) {
    const rule = cutOf(hosts, direction);
    incidents.push({ at, type: 'rule', rule, forUs: Math.min(cutUs, toUs - at) });
  }
  return incidents;
}

function cutOf(hosts: readonly string[], direction: FlappingOptions['direction']): Rule {
  if (direction === 'in') return { type: 'cut', from: 'any', to: hosts };
  return { type: 'cut', from: hosts, to: 'any', bothWays: direction === 'both' };
}
