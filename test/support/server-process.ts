/**
 * A program: one server on the address that it is given, or a free port of the loopback. Prints its
 * id and its URL, and ends with its standard input, so that none outlives its test.
 */

import { keepNurserySmall } from '../../cli/nursery.ts';

keepNurserySmall();
const { parseAddress } = await import('../../src/id.ts');
const { startServer } = await import('../../src/server/server.ts');
const { nodeHost } = await import('../../transport/index.ts');

const [, , address = '127.0.0.1:0'] = process.argv;
const server = startServer(await nodeHost({ listen: parseAddress(address) }), {
  observe: (event) => {
    if (event.type === 'stopped') process.exit(0);
  },
});
process.stdin.on('end', () => process.exit(0)).resume();
console.log(`${server.id} ${server.url}`);
