/** A server in the simulated world, as the one who runs it knows it, and what happens to it. */

import type { Address, ServerId } from '../src/id.ts';
import type { Profile } from '../src/membership/profile.ts';
import type { Parts } from '../src/server/parts.ts';
import type { Server, ServerEvent } from '../src/server/server.ts';
import type { Bounds } from './bounds.ts';
import type { SimHost } from './host.ts';
import type { Incident } from './incident.ts';
import type { Last } from './told.ts';
import type { Fault } from './truth.ts';

/** One run of a server. A restart of its host is another node. */
export interface Node {
  readonly host: SimHost;
  /** Once it is gone, what it last said of itself alone. */
  server: Server;
  readonly id: ServerId;
  /** Its number among all that were ever started, from 0. */
  readonly index: number;
  /** Which circuit it belongs to: circuits that have become one have one name. */
  circuit: string;
  readonly profile: Profile;
  /** The name of the circuit that the server was given; undefined: none. */
  readonly named: string | undefined;
  /** The multicast group by which it finds the others; undefined: none. */
  readonly discover: Address | undefined;
  readonly startedAt: number;
  /** Since when it is part of its circuit; undefined before. */
  joinedAt: number | undefined;
  /** Since when it is to be forgotten; undefined while it is present. */
  endedAt: number | undefined;
  ending: 'crash' | 'dark' | 'leave' | undefined;
}

/** What happened to a server, or what a server told its observer. */
export type ClusterEvent =
  | { readonly type: 'started'; readonly node: Node }
  /** It is part of its circuit; the first of a circuit at once. */
  | { readonly type: 'joined'; readonly node: Node }
  | { readonly type: 'ended'; readonly node: Node }
  /** Nothing more is heard of it. One that leaves has said goodbye by now. */
  | { readonly type: 'gone'; readonly node: Node }
  /** Two circuits are one from here on: all their nodes bear the name of the second. */
  | { readonly type: 'merged'; readonly circuits: readonly [string, string] }
  /** Servers are cut off, or stand still, from here on. */
  | { readonly type: 'faulted'; readonly fault: Fault }
  | { readonly type: 'healed'; readonly fault: Fault }
  /** Something ails hosts or the network from here on, as an incident would say it. */
  | { readonly type: 'imposed'; readonly incident: Incident }
  /** Whatever ailed the network is over. */
  | { readonly type: 'whole' }
  /** A stretch in which nothing happened is over. */
  | { readonly type: 'idled'; readonly idlers: readonly Idler[] }
  /** A server told its observer; `before` is what it had told of the same server last. */
  | {
      readonly type: 'told';
      readonly node: Node;
      readonly event: ServerEvent;
      /** Of `joined` and `left`: of whom; undefined when no such server was ever started. */
      readonly subject: Node | undefined;
      readonly before: Last | undefined;
    };

/** What one server sent a second while nothing happened, in payload. */
export interface Idler {
  readonly node: Node;
  readonly bytesPerSecond: number;
  /** The part of it that went over connections. */
  readonly streamBytesPerSecond: number;
  readonly datagramsPerSecond: number;
  /** What it said to multicast groups, which is not in the other numbers. */
  readonly multicastsPerSecond: number;
}

/** A guarantee that does not hold. */
export interface Violation {
  readonly guarantee: string;
  readonly at: number;
  readonly message: string;
}

/** What all servers of a cluster have in common. */
export interface ClusterOptions {
  /** State machines to use instead of the real ones: planted bugs. */
  readonly parts?: Parts;
  /** Of the servers that are started without one. */
  readonly profile?: Profile;
  /** Entries that the journal of a server keeps. Default: 256. */
  readonly journalEntries?: number;
  readonly keepsJournal?: boolean;
  /** How soon things must be known; those of the LAN profile when left out. */
  readonly bounds?: Bounds;
}

/** How servers are started together. */
export interface StartOptions {
  /** Which circuit it founds, when it is the first of it, or else joins. Default: 'main'. */
  readonly circuit?: string;
  /** It joins nobody: it begins a circuit anew, such as after a restart of all. */
  readonly alone?: boolean;
  /**
   * The only server through which it joins: a node, or a host by name, on which a server need not
   * be up yet. Any that is up when left out. Who is to join through itself founds the circuit.
   */
  readonly through?: Node | string;
  /** That of the scenario when left out. */
  readonly profile?: Profile;
  /** The name that its server gives its circuit: servers of other names refuse it. */
  readonly named?: string;
  /** It finds its circuit by this multicast group, and joins nobody otherwise. */
  readonly discover?: Address;
}
