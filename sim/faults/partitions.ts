/**
 * Networks that fall apart, in several shapes. Where groups are cut off from each other cleanly, each
 * may give up the others. In the other shapes everybody still reaches everybody through somebody; who
 * may be given up then follows from who has a majority (see reach.ts).
 */

import type { Random } from '../../src/host/random.ts';
import type { Incident } from '../incident.ts';
import { partition } from '../rules.ts';
import { draw, inOrder } from './draw.ts';

/**
 * `halves`, `thirds`, `one apart`: clean groups. `ring`: each reaches the two next to it alone.
 * `bridge`: two halves that only one host reaches both of. `majorities`: each reaches a majority, no
 * two the same one.
 */
export type PartitionShape = 'halves' | 'thirds' | 'one apart' | 'ring' | 'bridge' | 'majorities';

/** All shapes. */
export const PARTITION_SHAPES: readonly PartitionShape[] = [
  ...(['halves', 'thirds', 'one apart', 'ring', 'bridge', 'majorities'] as const),
];

/** What falls apart, how and when. */
export interface PartitionOptions {
  readonly hosts: readonly string[];
  readonly shape: PartitionShape;
  readonly fromUs: number;
  readonly forUs: number;
}

/** Draws who is where, as incidents for `cluster.play`. */
export function partitioned(random: Random, options: PartitionOptions): Incident[] {
  const { hosts, shape, fromUs: at, forUs } = options;
  const drawn = draw(random, hosts, hosts.length);
  const half = Math.floor(drawn.length / 2);
  const split = (groups: string[][]): Incident[] => [{ at, type: 'split', groups, forUs }];
  const cut = (from: string[], to: string[]): Incident[] =>
    to.length === 0 ? [] : [{ at, type: 'rule', rule: partition(from, to), forUs }];
  switch (shape) {
    case 'halves':
      return split([drawn.slice(0, half)]);
    case 'thirds': {
      const third = Math.ceil(drawn.length / 3);
      return split([drawn.slice(0, third), drawn.slice(third, 2 * third)]);
    }
    case 'one apart':
      return split([drawn.slice(0, 1)]);
    case 'bridge':
      return cut(drawn.slice(1, half + 1), drawn.slice(half + 1));
    case 'ring':
    case 'majorities': {
      // A majority is itself and so many on each side.
      const reach = shape === 'ring' ? 1 : Math.ceil(half / 2);
      return drawn.flatMap((host, index) =>
        cut(
          [host],
          drawn.slice(index + 1 + reach, Math.min(drawn.length, index + drawn.length - reach)),
        ),
      );
    }
  }
}

/** Who is clogged, and when. */
export interface ClogOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  /** How far apart the moments are in which one after the other is clogged, and let go. */
  readonly gapUs: number;
}

/**
 * Swizzle-clog, as of FoundationDB: the network of one host after the other stops, and then of one
 * after the other, in another order, goes on. Nothing that was sent is lost.
 */
export function swizzle(random: Random, { hosts, fromUs, gapUs }: ClogOptions): Incident[] {
  const clogged = draw(random, hosts, hosts.length);
  const freed = draw(random, hosts, hosts.length);
  const half = hosts.length * gapUs;
  const incidents = clogged.map((host, index): Incident => {
    const at = fromUs + index * gapUs;
    const untilUs = fromUs + half + freed.indexOf(host) * gapUs;
    const rule = { type: 'clog', from: [host], to: 'any', bothWays: true } as const;
    return { at, type: 'rule', rule, forUs: untilUs - at };
  });
  return inOrder(incidents);
}
