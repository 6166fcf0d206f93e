/**
 * Servers that come and go. Departures are a Poisson process over the cluster; who goes stays away
 * for a while and comes back at the same address, as a new server.
 */

import type { Random } from '../../src/host/random.ts';
import { SECOND } from '../../src/time.ts';
import type { Incident } from '../incident.ts';
import { exponential, inOrder, pick } from './draw.ts';

/** How often servers go in each way, compared with each other. */
export interface Ways {
  readonly crash: number;
  readonly dark: number;
  readonly leave: number;
}

/** Who comes and goes, when, and how often. */
export interface ChurnOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
  /** Share of the hosts that go within a minute, e.g. 0.1. */
  readonly ratioPerMinute: number;
  /** How long one that went stays away. */
  readonly awayUs: { readonly min: number; readonly max: number };
  /** Weights of the ways to go. */
  readonly ways: Ways;
}

/** Draws departures and returns, as incidents for `cluster.play`. */
export function churn(random: Random, options: ChurnOptions): Incident[] {
  const { hosts, ways } = options;
  const meanGapUs = (60 * SECOND) / (hosts.length * options.ratioPerMinute);
  const backAt = new Map<string, number>();
  const incidents: Incident[] = [];
  let at = options.fromUs;
  for (;;) {
    at += Math.ceil(exponential(random, meanGapUs));
    if (at >= options.toUs) break;
    const host = hosts[random.below(hosts.length)] as string;
    const away = options.awayUs.min + random.float() * (options.awayUs.max - options.awayUs.min);
    const type = pick(random, ways);
    // It is away, or hardly back: nobody goes.
    if ((backAt.get(host) ?? 0) + SECOND > at) continue;
    const back = at + Math.ceil(away);
    backAt.set(host, back);
    incidents.push({ at, type, host }, { at: back, type: 'start', host });
  }
  return inOrder(incidents);
}
