/** Links that are worse than they should be, as incidents for `cluster.play`. They excuse nobody. */

import type { Incident } from '../incident.ts';
import type { Fault, Hosts, Rule } from '../rules.ts';

/** What is wrong with which links, and when. */
export interface LinkOptions {
  /** Whose links; 'any' for all. */
  readonly hosts: Hosts;
  readonly fromUs: number;
  readonly forUs: number;
  /** What happens to the packets. */
  readonly fault: Fault;
  /** What it happens to: what is sent to them, by them, or both. Default: both. */
  readonly direction?: 'in' | 'out' | 'both';
}

/** Some fault of the network, at some hosts or between all. */
export function badLinks(options: LinkOptions): Incident[] {
  const { hosts, fromUs: at, forUs, fault, direction = 'both' } = options;
  const sides =
    direction === 'in'
      ? ({ from: 'any', to: hosts } as const)
      : ({ from: hosts, to: 'any', bothWays: direction === 'both' } as const);
  return [{ at, type: 'rule', rule: { ...fault, ...sides }, forUs }];
}

/** Delivers a share of the datagrams twice. */
export function duplication(ratio: number): Fault {
  return { type: 'duplicate', ratio };
}

/** Holds back a share of the packets, so that others overtake them. */
export function reordering(ratio: number, byUs: number): Fault {
  return { type: 'delay', minUs: 1, maxUs: byUs, ratio };
}

/** A few packets come much later, as behind a queue that is seldom full. */
export function slowTail(ratio: number, maxUs: number): Fault {
  return { type: 'delay', minUs: 1, maxUs, ratio, shape: 'heavy' };
}

/** Which groups of hosts are far from each other, and when. */
export interface DistanceOptions {
  /** The hosts of each site. */
  readonly sites: readonly (readonly string[])[];
  /** One way between two sites; `maxUs` for the pair that is farthest apart. */
  readonly minUs: number;
  readonly maxUs: number;
  readonly fromUs: number;
  readonly forUs: number;
}

/** Puts the sites apart: between two, every packet takes as much longer as their numbers differ. */
export function sitesApart(options: DistanceOptions): Incident[] {
  const { sites, minUs, maxUs, fromUs: at, forUs } = options;
  const farthest = Math.max(1, sites.length - 2);
  const incidents: Incident[] = [];
  for (const [index, from] of sites.entries()) {
    for (const [more, to] of sites.slice(index + 1).entries()) {
      const us = minUs + Math.floor(((maxUs - minUs) * more) / farthest);
      const rule: Rule = { type: 'delay', minUs: us, maxUs: us, from, to, bothWays: true };
      incidents.push({ at, type: 'rule', rule, forUs });
    }
  }
  return incidents;
}
