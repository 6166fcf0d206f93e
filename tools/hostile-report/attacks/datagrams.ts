/** Datagrams that no server would send: random bytes, real ones that were changed, real beginnings. */

import { createSocket } from 'node:dgram';
import { type Address, parseCircuitUrl, type ServerId } from '../../../src/id.ts';
import type { Member } from '../../../src/membership/member.ts';
import { Forger } from '../../../test/support/junk.ts';
import { listenIn } from '../../../test/support/listen-in.ts';
import { type Attack, type Make, type Named, Pace, pool, type Target } from './attack.ts';

/** Random bytes, of all lengths that fit into a packet of Ethernet. */
export const randomDatagrams: Make = (target) =>
  sending(target, () => target.random.bytes(target.random.below(1_400)));

/**
 * Some are well-formed: repeated, out of order, answers to what nobody asked. None are lies that
 * could be true, which whoever has no key can tell.
 */
export const forgedDatagrams: Make = async (target) => {
  const forger = await forgerOf(target);
  return sending(target, () => forger.datagram());
};

/** The beginnings of real ones, and then random bytes. */
export const prefixDatagrams: Make = async (target) => {
  const { random } = target;
  const forger = await forgerOf(target);
  return sending(target, () => {
    const real = forger.datagram();
    const kept = real.subarray(0, 1 + random.below(real.length + 1));
    return Uint8Array.of(...kept, ...random.bytes(1 + random.below(100)));
  });
};

/** Who knows the servers, and has listened in while it was one of them. */
export async function forgerOf(target: Target): Promise<Forger> {
  const recorded =
    target.key === undefined ? await listenIn(target.url) : [target.random.bytes(40)];
  const victim = memberOf(target);
  return new Forger(target.random, { victim, peers: target.peers.map(memberOf), recorded });
}

/** Sends such packets at the rate of the target, from a pool of them. */
export function sending({ host, port, rate }: Target, make: () => Uint8Array): Attack {
  const socket = createSocket('udp4').on('error', () => {});
  socket.unref();
  const counts = { datagrams: 0 };
  const next = pool(make);
  const pace = new Pace(rate, () => {
    counts.datagrams++;
    socket.send(next(), port, host, () => {});
  });
  return { on: () => pace.on(), off: () => pace.off(), counts };
}

function memberOf({ url, id }: Named): Member {
  const address: Address = parseCircuitUrl(url).address;
  const joined = Date.now();
  return { id: id as ServerId, url, address, incarnation: 0, joined, left: false, final: false };
}
