/**
 * A whole mix of faults, drawn at once: which kinds there are, how often and how long, and then each
 * of them. Half of the kinds are left out of each mix, since some hide what others would find (Groce
 * et al., Swarm Testing, 2012). The result is one schedule, and what was drawn, for people.
 */

import type { Random } from '../../src/host/random.ts';
import { SECOND } from '../../src/time.ts';
import type { Incident } from '../incident.ts';
import { draw, inOrder, pick } from './draw.ts';
import { SWARM_KINDS, type SwarmScene } from './swarm-kinds.ts';

/** What a swarm is drawn for. */
export interface SwarmOptions {
  /** Where servers are up; the first is never made to go, so that there is one to come back to. */
  readonly hosts: readonly string[];
  readonly fromUs: number;
  /** When all is over. */
  readonly toUs: number;
  /** About how many faults there are. */
  readonly faults: number;
  /**
   * `recoverable`: nothing that the guarantees do not allow for, and a majority stays up.
   * `unrestricted`: anything; only what must never happen can be demanded.
   */
  readonly profile: 'recoverable' | 'unrestricted';
}

/** What was drawn. */
export interface Swarm {
  readonly incidents: readonly Incident[];
  /** kind => how many of it there are, and what was drawn for all of them. */
  readonly drawn: readonly {
    readonly kind: string;
    readonly count: number;
    readonly how: string;
  }[];
}

/** How often a kind is, compared with others, and how long its faults last. */
const RATES = [1, 2, 4, 8] as const;
const LENGTHS_US = [SECOND / 4, SECOND, 3 * SECOND, 8 * SECOND] as const;

/** Draws a mix. The same stream and options give the same one. */
export function swarm(random: Random, options: SwarmOptions): Swarm {
  const { fromUs, toUs, faults } = options;
  const rates: Record<string, number> = {};
  const lengths = new Map<string, number>();
  for (const kind of SWARM_KINDS) {
    const own = random.fork(kind.name);
    const isOn = own.float() < 0.5;
    const [rate = 1] = draw(own, RATES, 1);
    const [lengthUs = SECOND] = draw(own, LENGTHS_US, 1);
    lengths.set(kind.name, lengthUs);
    if (isOn) rates[kind.name] = rate;
  }
  const scene: SwarmScene = { ...options, down: [] };
  const incidents: Incident[] = [];
  const counts = new Map<string, number>();
  if (Object.keys(rates).length === 0) return { incidents, drawn: [] };
  const picking = random.fork('which');
  for (let number = 0; number < faults; number++) {
    const name = pick(picking, rates);
    const own = random.fork(`fault ${number}`);
    const at = fromUs + Math.floor(own.float() * (toUs - fromUs));
    const lengthUs = Math.ceil((lengths.get(name) ?? SECOND) * (0.25 + 1.5 * own.float()));
    const forUs = Math.min(lengthUs, toUs - at);
    const kind = SWARM_KINDS.find((each) => each.name === name);
    const made = kind?.make(own, { at, forUs }, scene) ?? [];
    if (made.length > 0) counts.set(name, (counts.get(name) ?? 0) + 1);
    incidents.push(...made.filter((each) => each.at < toUs));
  }
  const drawn = Object.entries(rates).map(([kind, rate]) => {
    const how = `rate ${rate}, about ${(lengths.get(kind) ?? 0) / SECOND} s`;
    return { kind, count: counts.get(kind) ?? 0, how };
  });
  return { incidents: inOrder(incidents), drawn };
}
