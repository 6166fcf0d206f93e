/** How much of its limits a server uses, for those who look after it. */

import type { ElementKind } from '../element/element.ts';
import type { Host } from '../host/index.ts';
import { type Limits, limits as usual } from '../limits.ts';
import type { ServerLimitName } from '../server-limits.ts';
import type { Links } from './links.ts';
import type { Namespace } from './namespace.ts';
import type { Resolver } from './resolve.ts';

export interface LimitInUse {
  /** What is used of it now; undefined where that is not one number. */
  readonly used?: number;
  readonly max: number;
}

export type LimitsInUse = Readonly<Partial<Record<ServerLimitName, LimitInUse>>>;

/** Those of which something can be used up, and those that are not as usual. */
export function limitsInUse({
  host,
  limits,
  links,
  space,
  resolver,
}: {
  readonly host: Host;
  readonly limits: Limits;
  readonly links: Links;
  readonly space: Namespace;
  readonly resolver: Resolver;
}): LimitsInUse {
  const { clients, peers } = links.room.counts;
  const { calls, unsent, held } = links.bounds;
  const count = (...kinds: ElementKind[]) =>
    kinds.reduce((sum, kind) => sum + (space.counts.get(kind) ?? 0), 0);
  const used: Partial<Record<ServerLimitName, number>> = {
    clientsMax: clients,
    peersMax: peers,
    callsMax: calls.used,
    waitingCallsMax: resolver.waiting,
    unsentAllBytesMax: unsent.used,
    heldBytesMax: held.used,
    anchorsMax: space.tree.size,
    elementsMax: space.elements,
    channelsMax: count('chan'),
    processesMax: host.spawner.running,
    subscriptionsMax: count('@join', '@leave'),
    selectsMax: count('select'),
    dnsServersMax: count('dns'),
    containersMax: count('docker'),
  };
  const changed = (Object.keys(usual) as ServerLimitName[]).filter(
    (name) => limits[name] !== usual[name] && used[name] === undefined,
  );
  return {
    ...Object.fromEntries(
      Object.entries(used).map(([name, now]) => [
        name,
        { used: now, max: limits[name as ServerLimitName] },
      ]),
    ),
    ...Object.fromEntries(changed.map((name) => [name, { max: limits[name] }])),
  };
}
