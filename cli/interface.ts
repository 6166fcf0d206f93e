/** The address of a network interface. */

import { networkInterfaces } from 'node:os';
import { type Address, CircuitError, parseAddress } from '../src/index.ts';

/** Its first IPv4 address, with any free port. Throws BAD_ARGUMENT. */
export function addressOf(name: string): Address {
  const all = networkInterfaces();
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  const ipv4 = found?.find((each) => each.family === 'IPv4');
  if (ipv4 !== undefined) return parseAddress(`${ipv4.address}:0`);
  const why = found === undefined ? 'there is no such interface' : 'it has no IPv4 address';
  throw new CircuitError(
    'BAD_ARGUMENT',
    `cannot listen on "${name}": ${why}; this machine has ${Object.keys(all).join(', ')}`,
  );
}
