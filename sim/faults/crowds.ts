/** Servers that come and go in ways of their own: one after the other, in waves, in crowds. */

import type { Random } from '../../src/host/random.ts';
import { SECOND } from '../../src/time.ts';
import type { Incident } from '../incident.ts';
import type { Ways } from './churn.ts';
import { draw, inOrder, pick } from './draw.ts';

/** Who is restarted, one after the other. */
export interface RollingOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  /** From one to the next. */
  readonly everyUs: number;
  /** How long each is away. */
  readonly awayUs: number;
  readonly way: keyof Ways;
}

/** Restarts one host after the other, as for an update. */
export function rollingRestart(options: RollingOptions): Incident[] {
  const { hosts, fromUs, everyUs, awayUs, way } = options;
  return inOrder(
    hosts.flatMap((host, index): Incident[] => {
      const at = fromUs + index * everyUs;
      return [
        { at, type: way, host },
        { at: at + awayUs, type: 'start', host },
      ];
    }),
  );
}

/** Who comes all at once. */
export interface FlashOptions {
  /** Hosts on which no server is up before. */
  readonly hosts: readonly string[];
  readonly fromUs: number;
  /** Within which all come. */
  readonly withinUs: number;
  /** How long each stays; for good when left out. */
  readonly stayUs?: number;
  /** Weights of the ways to go. */
  readonly ways: Ways;
}

/** A crowd that comes within a moment, and goes after a while. */
export function flashCrowd(random: Random, options: FlashOptions): Incident[] {
  const { hosts, fromUs, withinUs, stayUs, ways } = options;
  return inOrder(
    hosts.flatMap((host): Incident[] => {
      const at = fromUs + Math.floor(random.float() * withinUs);
      const come: Incident = { at, type: 'start', host };
      if (stayUs === undefined) return [come];
      return [come, { at: at + stayUs, type: pick(random, ways), host }];
    }),
  );
}

/** Who comes and goes in waves. */
export interface WaveOptions {
  readonly hosts: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
  /** From one ebb to the next. Within its first half servers go, and then come back. */
  readonly periodUs: number;
  /** How many of the hosts go in each, e.g. 0.3. */
  readonly share: number;
  readonly ways: Ways;
}

/** Servers that go and come back in waves, as by day and night. */
export function waves(random: Random, options: WaveOptions): Incident[] {
  const { hosts, fromUs, toUs, periodUs, share, ways } = options;
  const half = periodUs / 2;
  // Who goes at the end of an ebb comes back at the begin of the flood, but not at once.
  const spreadUs = Math.max(1, half - SECOND);
  const incidents: Incident[] = [];
  for (let begin = fromUs; begin + periodUs <= toUs; begin += periodUs) {
    for (const host of draw(random, hosts, Math.floor(hosts.length * share + 0.5))) {
      const at = begin + Math.floor(random.float() * spreadUs);
      const backAt = begin + Math.floor(half + random.float() * spreadUs);
      incidents.push({ at, type: pick(random, ways), host }, { at: backAt, type: 'start', host });
    }
  }
  return inOrder(incidents);
}
