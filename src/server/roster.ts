/** What this server says of the others, and of itself, to those who ask how the circuit is doing. */

import type { Host } from '../host/index.ts';
import type { CircuitName } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import type { Membership } from '../membership/membership.ts';
import type { membersCodec } from '../rpc/method.ts';
import type { Of } from '../wire/schema.ts';
import type { Finding } from './finding.ts';
import type { JournalKeeper } from './journal-keeper.ts';
import type { Links } from './links.ts';
import type { Operations } from './operations.ts';
import type { Presence } from './presence.ts';
import type { Resolver } from './resolve.ts';

export interface Sources {
  readonly host: Host;
  readonly circuit: CircuitName;
  readonly membership: Membership;
  readonly links: Links;
  readonly presence: Presence;
  readonly resolver: Resolver;
  readonly operations: Operations;
  readonly stamps: Stamps;
  readonly finding: Finding | undefined;
  readonly keeper: JournalKeeper | undefined;
}

/** Every server present, in no order. */
export function roster({ host, circuit, membership }: Sources): Of<typeof membersCodec> {
  const wall = host.clock.wall();
  const degrees = membership.degrees();
  const members = [...membership.members()].map(({ id, url, joined, incarnation }) => {
    const roundTrip = membership.roundTrip(id);
    return {
      id,
      url,
      joined,
      ageMs: Math.max(0, Math.floor(wall - joined)),
      incarnation,
      neighbours: degrees.get(id) ?? 0,
      roundTripUs: roundTrip === undefined ? undefined : Math.round(roundTrip),
      suspected: membership.isSuspected(id),
    };
  });
  return { circuit, members };
}

/** How this server itself is doing. Counters are since its start. */
export function statusOf(sources: Sources): object {
  const { circuit, membership, links, presence, resolver, operations, stamps } = sources;
  const { finding, keeper } = sources;
  const { keys, refused } = sources.host.security;
  return {
    circuit,
    incarnation: membership.self.incarnation,
    members: membership.size,
    neighbours: membership.neighbours().length,
    waitingCalls: resolver.waiting,
    membership: { ...membership.counters },
    datagrams: { ...presence.traffic },
    streams: { ...links.traffic },
    operations: { ...operations.counts },
    stamps: { ...stamps.dropped },
    security: { keys, refused: { ...refused } },
    ...(keeper === undefined ? {} : { journal: keeper.keeping }),
    ...(finding === undefined ? {} : { discovery: { ...finding.counters } }),
  };
}
