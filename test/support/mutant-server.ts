/**
 * A program: takes the arguments of `circuit start`, as far as a soak gives them, and runs a server
 * with bugs: it loses a message now and then whose send it confirmed; it says of another server that
 * it has left, which has not; and it forgets to close files.
 */

import { openSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseAddress, parseCircuitUrl } from '../../src/id.ts';
import { startServer } from '../../src/server/server.ts';
import { JsonLog, nodeHost } from '../../transport/index.ts';
import { channelMutant } from './mutants.ts';

const MESSAGES = 5;
const LIE_MS = 4_000;
const LEAK_MS = 1_000;

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    a: { type: 'string', short: 'a', default: '127.0.0.1:0' },
    j: { type: 'string', short: 'j' },
    json: { type: 'boolean' },
    log: { type: 'string' },
    limit: { type: 'string', multiple: true },
  },
});
const log = new JsonLog(process.stderr, 'info');
const server = startServer(await nodeHost({ listen: parseAddress(values.a), log }), {
  parts: channelMutant({
    event: (event, self) => {
      if (event.type !== 'send' || ++self.count % MESSAGES !== 0) return [event];
      return [event, { type: 'cancelSend', op: event.op }];
    },
    effect: (effect) =>
      effect.type === 'cancelled' ? [{ type: 'sent', op: effect.op }] : [effect],
  }),
  observe: (event) => {
    if (event.type === 'stopped') process.exit(0);
  },
});
process.on('SIGTERM', () => server.leave());
const ready = () => {
  console.log(JSON.stringify({ url: server.url, id: server.id, pid: process.pid }));
  setTimeout(() => {
    const other = server.members().find(({ id }) => id !== server.id);
    if (other === undefined) return;
    log.write('info', 'left', { server: other.id });
    log.write('info', 'joined', { server: other.id });
  }, LIE_MS);
  setInterval(() => openSync('/dev/null', 'r'), LEAK_MS);
};
if (values.j === undefined) ready();
else
  server.join(parseCircuitUrl(values.j), (error) => {
    if (error === undefined) ready();
    else throw error;
  });
