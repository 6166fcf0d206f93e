/** Hosts that are no part of any circuit and send to servers whatever makes no sense. */

import { assert } from '../../src/assert.ts';
import type { Random } from '../../src/host/random.ts';
import type { Address } from '../../src/id.ts';
import { SECOND } from '../../src/time.ts';
import type { Incident } from '../incident.ts';
import { type Junk, packetHows, streamHows } from '../junk.ts';
import { draw, inOrder } from './draw.ts';

/** Who sends junk to whom, and how much of it. */
export interface JunkOptions {
  readonly hosts: readonly string[];
  /** How many hosts it comes from: `a1`, `a2` and so on. */
  readonly attackers: number;
  readonly fromUs: number;
  readonly toUs: number;
  /** How many incidents there are. */
  readonly incidents: number;
  /** Of one incident: packets, or connections. Default: 100. */
  readonly burstMax?: number;
  /** The multicast group of the servers, where they have one. */
  readonly group?: Address | undefined;
}

/** How far the packets of an incident are apart; at the same moment: a flood. */
const EVERY_US = [0, 0, 1_000, 50_000] as const;
const OPEN_US = [SECOND / 10, 3 * SECOND, 60 * SECOND] as const;
const SALTS = 2 ** 31;

/** Draws it, as incidents for `cluster.play`. It excuses nobody from anything. */
export function junkFrom(random: Random, options: JunkOptions): Incident[] {
  const { hosts, attackers, fromUs, toUs, incidents } = options;
  assert(hosts.length > 0 && attackers > 0, 'junk comes from somebody and goes to somebody');
  const drawn = Array.from({ length: incidents }, (_, number): Incident => {
    const own = random.fork(`junk ${number}`);
    const [host = ''] = draw(own, hosts, 1);
    return {
      ...{ at: fromUs + Math.floor(own.float() * (toUs - fromUs)), type: 'junk', host },
      ...{
        from: `a${1 + own.below(attackers)}`,
        junk: junkOf(own, options),
        salt: own.below(SALTS),
      },
    };
  });
  return inOrder(drawn);
}

function junkOf(random: Random, { burstMax = 100, group }: JunkOptions): Junk {
  const [everyUs = 0] = draw(random, EVERY_US, 1);
  const burst = { count: 1 + random.below(burstMax), everyUs };
  const [how = 'random'] = draw(random, packetHows, 1);
  const way = random.below(group === undefined ? 4 : 5);
  if (way < 2) return { type: 'datagrams', how, spoofed: way === 1, ...burst };
  if (way === 4) return { type: 'multicasts', group: group as Address, how, ...burst };
  const [said = 'random'] = draw(random, streamHows, 1);
  const [openUs = SECOND] = draw(random, OPEN_US, 1);
  return { type: 'connections', how: said, ...burst, openUs };
}
