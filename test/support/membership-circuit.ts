/** Circuits of membership cores at rest, and what was told in them. */

import type { ServerId } from '../../src/id.ts';
import { MembershipNet, type NetOptions, type Server, type Told } from './membership-net.ts';

/** A circuit of `count` servers that joined through the first, and has come to rest. */
export function circuit(count: number, options: Partial<NetOptions> = {}): MembershipNet {
  const net = new MembershipNet({ seed: 'circuit', ...options });
  grow(net, count);
  return net;
}

/** The same within a net that may have servers already. */
export function grow(net: MembershipNet, count: number): Server[] {
  const first = net.start();
  const all = [first];
  while (all.length < count) all.push(net.start(first));
  net.until(() => all.every(({ membership }) => membership.size === count), 5_000);
  net.runMs(10_000);
  return all;
}

export function server(net: MembershipNet, number: number): Server {
  return net.servers[number] as Server;
}

/** What `by` was told of departures since, of `id` or of anybody. */
export function departures(
  by: Server,
  { id, since = 0 }: { id?: ServerId; since?: number },
): Told[] {
  return by.told.filter(
    ({ type, at, member }) =>
      type === 'left' && at >= since && (id === undefined || member.id === id),
  );
}

/** How often each live server was told that `id` left: all answers, once each. */
export function timesLeft(net: MembershipNet, id: ServerId): number[] {
  return [...new Set(net.live.map((by) => departures(by, { id }).length))].sort();
}

/** The live servers of which somebody among `by` was told, since then, that they left. */
export function wronged(
  net: MembershipNet,
  { by = net.live, since = 0 }: { by?: readonly Server[]; since?: number } = {},
): number[] {
  const left = new Set(by.flatMap((one) => departures(one, { since })).map((t) => t.member.id));
  return net.servers.flatMap(({ id, isUp }, number) => (isUp && left.has(id) ? [number] : []));
}

/** One counter of all live servers together. */
export function sum(
  net: MembershipNet,
  counter: 'silent' | 'unsaid' | 'viewsSent' | 'newsSent' | 'probes' | 'verifications' | 'returns',
): number {
  return net.live.reduce((total, { membership }) => total + membership.counters[counter], 0);
}
