/** The seams that a client has no use for: nothing is sent, and nothing is started. */

import type { Datagrams, NameServers, Spawner } from '../src/host/index.ts';
import type { Address } from '../src/id.ts';
import { NotStarted } from './not-started.ts';

export function noDatagrams(address: Address): Datagrams {
  return { address, send() {}, receive() {}, close() {} };
}

export const noSpawner: Spawner = {
  spawn(command, events) {
    const notStarted = new NotStarted(events);
    setImmediate(() => notStarted.failed(`${command.path}: a client starts no processes`));
    return notStarted;
  },
  running: 0,
  left: 0,
  terminate() {},
  kill() {},
};

export const noNameServers: NameServers = {
  listen(address, { failed }) {
    const timer = setImmediate(() => failed(`${address}: a client serves no names`));
    return { close: () => clearImmediate(timer) };
  },
  close() {},
};
