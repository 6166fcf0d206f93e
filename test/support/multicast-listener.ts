/**
 * Listens to a multicast group, and prints a line for each packet that it hears: where it came from.
 * A program of its own, so that it can run in a network namespace: `node FILE GROUP ADDRESS`.
 */

import { parseAddress, parseGroup } from '../../src/id.ts';
import { nodeHost } from '../../transport/index.ts';

const [, , group, address] = process.argv as [string, string, string, string];
const host = await nodeHost({ listen: parseAddress(`${address}:0`) });
host.multicast.join(parseGroup(group), {
  joined: () => console.log('joined'),
  received: (from) => console.log(from),
  failed: (reason) => {
    throw new Error(reason);
  },
});
