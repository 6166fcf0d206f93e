/** Links that lose packets, at some hosts or between all. It excuses nobody. */

import type { Incident } from '../incident.ts';
import type { Hosts } from '../rules.ts';

/** Whose packets are lost, and how many of them. */
export interface LossOptions {
  /** Whose links; 'any' for all. */
  readonly hosts: Hosts;
  readonly fromUs: number;
  readonly forUs: number;
  /** Of the packets, e.g. 0.1. */
  readonly ratio: number;
  /** What is lost: what is sent to them, by them, or both. */
  readonly direction: 'in' | 'out' | 'both';
}

/** Loses a share of the packets, as incidents for `cluster.play`. */
export function loss(options: LossOptions): Incident[] {
  const { hosts, fromUs: at, forUs, ratio, direction } = options;
  const sides =
    direction === 'in'
      ? ({ from: 'any', to: hosts } as const)
      : ({ from: hosts, to: 'any', bothWays: direction === 'both' } as const);
  return [{ at, type: 'rule', rule: { type: 'loss', ratio, ...sides }, forUs }];
}
