/** What this server takes and does, in numbers: cheap, however much there is of anything. */

import type { ServerStats } from '../element/stats.ts';
import type { ServerId } from '../id.ts';
import type { Namespace } from './namespace.ts';
import type { Relays } from './relays.ts';
import type { Sources } from './roster.ts';

/** What a server knows of itself that is told to those who look after it. */
export interface SelfSources extends Sources {
  readonly id: ServerId;
  readonly url: string;
  readonly version: string;
  readonly startedAt: number;
  readonly space: Namespace;
  readonly relays: Relays;
}

export function serverStats(sources: SelfSources): ServerStats {
  const { host, membership, links, presence, operations, relays, space } = sources;
  const { cpuUs, residentBytes, heapBytes } = host.runtime.usage();
  const { begun, failed } = operations.counts;
  const { in: datagramsIn, out: datagramsOut, bytesIn, bytesOut } = presence.traffic;
  return {
    Id: sources.id,
    Url: sources.url,
    Circuit: sources.circuit,
    Version: sources.version,
    Uptime: host.clock.now() - sources.startedAt,
    Cpu: cpuUs,
    Resident: residentBytes,
    Heap: heapBytes,
    Elements: Object.fromEntries(space.counts),
    Anchors: space.tree.size,
    Operations: {
      Begun: begun,
      Failed: failed,
      Pending: operations.waiting,
      Relayed: relays.size,
    },
    Traffic: {
      BytesIn: links.traffic.bytesIn,
      BytesOut: links.traffic.bytesOut,
      Datagrams: { In: datagramsIn, Out: datagramsOut, BytesIn: bytesIn, BytesOut: bytesOut },
    },
    Members: membership.size,
    Neighbours: membership.neighbours().length,
    Sessions: links.size,
  };
}
