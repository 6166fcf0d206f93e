/**
 * What is kept of a server that has ended: a run keeps every node that ever was, and a server with all
 * its tables takes half a megabyte.
 */

import { Membership } from '../src/membership/membership.ts';
import type { Server } from '../src/server/server.ts';
import { SimRandom } from './random.ts';

/** One that says of itself what that one said last, sees nobody else, and does nothing. */
export function endedServer({ id, url, membership }: Server): Server {
  const { self } = membership();
  const alone = new Membership({ self, random: new SimRandom(id), now: 0 });
  return {
    ...{ id, url, members: () => [self], membership: () => alone },
    ...{ join() {}, leave() {}, stop() {} },
  };
}
