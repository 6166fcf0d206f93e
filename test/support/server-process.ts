/**
 * A program: one server on the address that it is given, or a free port of the loopback. Prints its
 * id and its URL, and ends with its standard input, so that none outlives its test.
 */

import { keepNurserySmall } from '../../cli/nursery.ts';
import { parseAddress } from '../../src/id.ts';
import { startServer } from '../../src/server/server.ts';
import { nodeHost } from '../../transport/index.ts';

keepNurserySmall();
const [, , address = '127.0.0.1:0'] = process.argv;
const server = startServer(await nodeHost({ listen: parseAddress(address) }), {
  observe: (event) => {
    if (event.type === 'stopped') process.exit(0);
  },
});
process.stdin.on('end', () => process.exit(0)).resume();
console.log(`${server.id} ${server.url}`);
