/** Clocks that are wrong: no promise may rest on them. They excuse nobody. */

import type { Random } from '../../src/host/random.ts';
import type { Incident } from '../incident.ts';
import { draw } from './draw.ts';

/** Which clocks run fast or slow, and by how much. */
export interface DriftOptions {
  readonly hosts: readonly string[];
  readonly atUs: number;
  /** Each clock becomes slower or faster by up to this share, e.g. 0.01. */
  readonly ratio: number;
}

/** From a moment on each host has a rate of its own. */
export function drifting(random: Random, { hosts, atUs, ratio }: DriftOptions): Incident[] {
  return hosts.map((host) => {
    const rate = 1 + (2 * random.float() - 1) * ratio;
    return { at: atUs, type: 'clock', host, change: { rate } };
  });
}

/** Which clocks jump, when and how far. */
export interface JumpOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly everyUs: number;
  /** The wall clock jumps by up to this, ahead or back. Default: 0. */
  readonly wallMs?: number;
  /** The other clock jumps ahead by up to this, as when a machine was suspended. Default: 0. */
  readonly aheadUs?: number;
}

/** Every so often the clocks of one host jump. */
export function jumping(random: Random, options: JumpOptions): Incident[] {
  const { hosts, fromUs, toUs, everyUs, wallMs = 0, aheadUs = 0 } = options;
  const incidents: Incident[] = [];
  for (let at = fromUs; at < toUs; at += everyUs) {
    const [host] = draw(random, hosts, 1);
    if (host === undefined) break;
    const change = {
      wallMs: Math.floor((2 * random.float() - 1) * wallMs),
      aheadUs: Math.floor(random.float() * aheadUs),
    };
    incidents.push({ at, type: 'clock', host, change });
  }
  return incidents;
}
