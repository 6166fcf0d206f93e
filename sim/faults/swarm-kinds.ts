/** The kinds of faults that a swarm is drawn from: how one of each is made. */

import type { Random } from '../../src/host/random.ts';
import { MS, SECOND } from '../../src/time.ts';
import type { Ailment } from '../ailments.ts';
import type { Incident } from '../incident.ts';
import { type Fault, isolate, partition } from '../rules.ts';
import type { Ways } from './churn.ts';
import { flashCrowd, rollingRestart } from './crowds.ts';
import { draw } from './draw.ts';
import { badLinks, duplication, reordering, sitesApart, slowTail } from './links.ts';
import { PARTITION_SHAPES, partitioned, swizzle } from './partitions.ts';

/** When one fault is. */
interface Moment {
  readonly at: number;
  readonly forUs: number;
}

/** What the faults of a swarm have in common. */
export interface SwarmScene {
  readonly hosts: readonly string[];
  readonly toUs: number;
  readonly profile: 'recoverable' | 'unrestricted';
  /** When which host is down, so far. */
  readonly down: { readonly host: string; readonly fromUs: number; readonly toUs: number }[];
}

/** A kind of fault. Makes none where there is no room for one. */
interface SwarmKind {
  readonly name: string;
  make(random: Random, moment: Moment, scene: SwarmScene): Incident[];
}

/** How long one that went must be away: a goodbye takes some time. */
const AWAY_MIN_US = SECOND;
/** For how long after an end no other one begins at that host. */
const APART_US = 2 * SECOND;
/** How long after a heavy fault of a host all tell of it again; it may be given up several times. */
const HEAVY_BACK_US = 120 * SECOND;

const isFree = ({ profile }: SwarmScene) => profile === 'unrestricted';

/** Hosts that may go for that time, and so that a majority stays. */
function mayGo({ hosts, down, ...scene }: SwarmScene, fromUs: number, toUs: number): string[] {
  const away = down.filter((each) => each.fromUs <= toUs && fromUs <= each.toUs);
  const taken = new Set(away.map(({ host }) => host));
  const most =
    scene.profile === 'unrestricted' ? hosts.length - 1 : Math.floor((hosts.length - 1) / 2);
  return taken.size >= most ? [] : hosts.slice(1).filter((host) => !taken.has(host));
}

function goes(way: keyof Ways): SwarmKind['make'] {
  return (random, { at, forUs }, scene) => {
    const backAt = at + Math.max(AWAY_MIN_US, forUs);
    const [host] = draw(random, mayGo(scene, at - APART_US, backAt + APART_US), 1);
    if (host === undefined) return [];
    scene.down.push({ host, fromUs: at, toUs: backAt });
    return [
      { at, type: way, host },
      { at: backAt, type: 'start', host },
    ];
  };
}

/** The same for the packets of all. */
function everywhere(faultOf: (random: Random, scene: SwarmScene) => Fault): SwarmKind['make'] {
  return (random, { at, forUs }, scene) =>
    badLinks({ hosts: 'any', fromUs: at, forUs, fault: faultOf(random, scene) });
}

/** Something that is more than a host must put up with: it may be given up meanwhile. */
function heavy(faultOf: (random: Random) => Fault): SwarmKind['make'] {
  return (random, { at, forUs }, { hosts }) => {
    const ailing = draw(random, hosts, 1);
    const [direction = 'both'] = draw(random, ['in', 'out', 'both'] as const, 1);
    const fault = faultOf(random);
    return [
      { at, type: 'faulty', hosts: ailing, forUs, backWithinUs: HEAVY_BACK_US },
      ...badLinks({ hosts: ailing, fromUs: at, forUs, fault, direction }),
    ];
  };
}

function ails(ailmentOf: (random: Random, scene: SwarmScene) => Ailment): SwarmKind['make'] {
  return (random, { at, forUs }, scene) =>
    draw(random, scene.hosts, 1).map((host) => {
      return { at, type: 'ailment', host, ailment: ailmentOf(random, scene), forUs };
    });
}

/** Between two hosts, in one direction or both. */
function link(random: Random, { at, forUs }: Moment, { hosts }: SwarmScene): Incident[] {
  const [a = '', b = ''] = draw(random, hosts, 2);
  const rule = { ...partition([a], [b]), bothWays: random.below(2) === 0 };
  return [{ at, type: 'rule', rule, forUs }];
}

/** A link that comes and goes. */
function flaps(random: Random, { at, forUs }: Moment, { hosts }: SwarmScene): Incident[] {
  const [a = '', b = ''] = draw(random, hosts, 2);
  const turnUs = 500 * MS + random.below(2 * SECOND);
  return Array.from({ length: 3 }, (_, turn): Incident => {
    const rule = partition([a], [b]);
    return { at: at + turn * turnUs, type: 'rule', rule, forUs: Math.min(forUs, turnUs / 2) };
  });
}

function jumps(random: Random, { at }: Moment, { hosts }: SwarmScene): Incident[] {
  return draw(random, hosts, 1).map((host): Incident => {
    const wallMs = Math.floor((2 * random.float() - 1) * 4_000);
    const change = { wallMs, aheadUs: random.below(300 * MS) };
    return { at, type: 'clock', host, change };
  });
}

function rolling(random: Random, { at, forUs }: Moment, scene: SwarmScene): Incident[] {
  const awayUs = Math.max(AWAY_MIN_US, Math.min(forUs, 3 * SECOND));
  const everyUs = awayUs + APART_US;
  const hosts: string[] = [];
  for (const host of scene.hosts.slice(1)) {
    const fromUs = at + hosts.length * everyUs;
    if (!mayGo(scene, fromUs - APART_US, fromUs + awayUs + APART_US).includes(host)) continue;
    scene.down.push({ host, fromUs, toUs: fromUs + awayUs });
    hosts.push(host);
  }
  const [way = 'crash'] = draw(random, ['crash', 'leave'] as const, 1);
  return rollingRestart({ hosts, fromUs: at, everyUs, awayUs, way });
}

function crowd(random: Random, { at, forUs }: Moment): Incident[] {
  const hosts = Array.from({ length: 1 + random.below(3) }, (_, i) => `x${at}-${i}`);
  const stayUs = 2 * SECOND + forUs;
  const ways = { crash: 1, dark: 1, leave: 1 };
  return flashCrowd(random, { hosts, fromUs: at, withinUs: 100 * MS, stayUs, ways });
}

/** All kinds, each with a name of its own. */
export const SWARM_KINDS: readonly SwarmKind[] = [
  { name: 'crash', make: goes('crash') },
  { name: 'dark', make: goes('dark') },
  { name: 'leave', make: goes('leave') },
  { name: 'rolling restart', make: rolling },
  { name: 'flash crowd', make: crowd },
  {
    name: 'pause',
    make: (random, { at, forUs }, { hosts }) =>
      draw(random, hosts, 1).map((host) => ({ at, type: 'pause', host, forUs })),
  },
  {
    name: 'slow host',
    make: ails((random) => ({ type: 'slow', eventUs: 1 + random.below(20 * MS) })),
  },
  { name: 'refused processes', make: ails(() => ({ type: 'no-spawn' })) },
  { name: 'no containers', make: ails(() => ({ type: 'no-engine' })) },
  {
    name: 'full disk',
    make: ails((random) => ({ type: 'full-disk', roomBytes: random.below(4_096) })),
  },
  {
    name: 'failing disk',
    make: ails((random) => ({ type: 'failing-disk', ratio: random.float() })),
  },
  {
    name: 'slow disk',
    make: ails((random) => ({ type: 'slow-disk', addUs: 1 + random.below(SECOND) })),
  },
  {
    name: 'loss',
    make: everywhere((random, scene) => {
      return { type: 'loss', ratio: random.float() * (isFree(scene) ? 0.6 : 0.05) };
    }),
  },
  { name: 'duplication', make: everywhere((random) => duplication(random.float())) },
  { name: 'reordering', make: everywhere((random) => reordering(random.float(), 50 * MS)) },
  {
    name: 'delay',
    make: everywhere((random, scene) => {
      const maxUs = 1 + random.below(isFree(scene) ? 2 * SECOND : 50 * MS);
      const [shape = 'even'] = draw(random, ['even', 'exponential', 'heavy'] as const, 1);
      return { type: 'delay', minUs: 0, maxUs, shape };
    }),
  },
  { name: 'slow tail', make: everywhere((random) => slowTail(0.1 * random.float(), SECOND)) },
  {
    name: 'distance',
    make: (random, { at, forUs }, { hosts }) => {
      const drawn = draw(random, hosts, hosts.length);
      const half = Math.ceil(hosts.length / 2);
      const sites = [drawn.slice(0, half), drawn.slice(half)];
      return sitesApart({ sites, minUs: 10 * MS, maxUs: 40 * MS, fromUs: at, forUs });
    },
  },
  {
    name: 'bandwidth',
    make: everywhere((random, scene) => {
      const least = isFree(scene) ? 2_000 : 100_000;
      return { type: 'bandwidth', bytesPerSecond: least + random.below(1e6), queueBytes: 65_536 };
    }),
  },
  {
    name: 'lossy host',
    make: heavy((random) => ({ type: 'loss', ratio: 0.1 + 0.85 * random.float() })),
  },
  {
    name: 'late host',
    make: heavy((random) => ({ type: 'delay', minUs: 0, maxUs: 1 + random.below(3 * SECOND) })),
  },
  { name: 'cut link', make: link },
  { name: 'flapping link', make: flaps },
  {
    name: 'isolated host',
    make: (random, { at, forUs }, { hosts }) => {
      return [{ at, type: 'rule', rule: isolate(draw(random, hosts, 1)), forUs }];
    },
  },
  {
    name: 'partition',
    make: (random, { at, forUs }, { hosts }) => {
      const [shape = 'halves'] = draw(random, PARTITION_SHAPES, 1);
      return partitioned(random, { hosts, shape, fromUs: at, forUs });
    },
  },
  {
    name: 'swizzle',
    make: (random, { at, forUs }, { hosts }) => {
      const some = draw(random, hosts, 1 + random.below(hosts.length));
      return swizzle(random, {
        hosts: some,
        fromUs: at,
        gapUs: Math.max(1, Math.floor(forUs / 4)),
      });
    },
  },
  {
    name: 'clock drift',
    make: (random, { at }, { hosts }) =>
      draw(random, hosts, 1).map((host) => {
        return { at, type: 'clock', host, change: { rate: 0.99 + 0.02 * random.float() } };
      }),
  },
  { name: 'clock jump', make: jumps },
];
