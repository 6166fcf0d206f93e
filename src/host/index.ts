/**
 * The seams: everything a server can ask of the outside. `transport/` implements them on real
 * sockets, clocks and processes; `sim/` in virtual time. A server is `startServer(host, options)`
 * and reaches the outside in no other way.
 *
 * Rules that every seam keeps in both worlds:
 * - An event is never delivered from within a call: `dial` returns before `opened` is called.
 * - After `close`, nothing is delivered any more, except the `closed` that close itself causes.
 * - Bytes handed in by an event may be kept. Bytes handed out belong to the callee unless the
 *   method says that they may be used again.
 */

import type { Clock } from './clock.ts';
import type { Containers } from './containers.ts';
import type { Log } from './log.ts';
import type { Multicast } from './multicast.ts';
import type { NameServers } from './name-servers.ts';
import type { Datagrams, Streams } from './network.ts';
import type { Random } from './random.ts';
import type { Runtime } from './runtime.ts';
import type { Security } from './security.ts';
import type { Spawner } from './spawner.ts';
import type { Storage } from './storage.ts';

export type { Clock, Timer } from './clock.ts';
export type {
  Container,
  ContainerCommand,
  ContainerEvents,
  Containers,
  EngineRefusal,
} from './containers.ts';
export type { Level, Log } from './log.ts';
export type { Multicast, MulticastEvents, MulticastGroup } from './multicast.ts';
export type { NameServer, NameServerEvents, NameServers } from './name-servers.ts';
export type {
  CloseReason,
  Connection,
  ConnectionEvents,
  Datagrams,
  OnDatagram,
  Streams,
} from './network.ts';
export type { Random } from './random.ts';
export type { Profiling, Runtime, Usage } from './runtime.ts';
export type { Security } from './security.ts';
export type {
  Child,
  ChildEvents,
  ExitStatus,
  Output,
  Owned,
  Pipes,
  ProgramCommand,
  Spawner,
} from './spawner.ts';
export type { Storage, StoredFile } from './storage.ts';

/** All seams of one host. `datagrams` and `streams` share one address. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly datagrams: Datagrams;
  readonly streams: Streams;
  readonly spawner: Spawner;
  /** Undefined where containers are not allowed. */
  readonly containers: Containers | undefined;
  readonly nameServers: NameServers;
  readonly multicast: Multicast;
  readonly runtime: Runtime;
  readonly storage: Storage;
  readonly log: Log;
  readonly security: Security;
  /** The number of the process that the server runs in; part of its URL. */
  readonly pid: number;
}
