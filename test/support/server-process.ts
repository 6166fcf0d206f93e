/**
 * A program: one server on a free port of the loopback. Prints its id and its URL, and ends with its
 * standard input, so that none outlives its test.
 */

import { keepNurserySmall } from '../../cli/nursery.ts';
import { startServer } from '../../src/server/server.ts';
import { nodeHost } from '../../transport/index.ts';

keepNurserySmall();
const server = startServer(await nodeHost(), {
  observe: (event) => {
    if (event.type === 'stopped') process.exit(0);
  },
});
process.stdin.on('end', () => process.exit(0)).resume();
console.log(`${server.id} ${server.url}`);
