/**
 * One start of a host: the seams of `Host` in virtual time. A restart is a new SimHost on the same
 * machine. After a crash no timer, connection, file operation or program of it is heard of again,
 * because everything that happens to the process passes through `happen`.
 *
 * A paused process gets nothing, while its machine goes on answering. What happened meanwhile waits
 * in order and is delivered one event at a time once it runs again; whatever happens until the last
 * of that was delivered waits behind it. On a slow machine everything waits like that, as long as what
 * came before it takes.
 */

import type { Host } from '../src/host/index.ts';
import type { Address } from '../src/id.ts';
import { noRefusals } from '../src/refused.ts';
import { SimClock } from './clock.ts';
import { SimContainers } from './containers.ts';
import { SimDatagrams } from './datagrams.ts';
import type { Endpoint } from './endpoint.ts';
import {
  ACK,
  BACKLOG,
  CLOSED,
  DATAGRAM,
  DISK,
  MULTICAST,
  PROGRAM,
  READ_ON,
  SEGMENT,
  SYN_ACK,
  type Task,
  TIMER,
  WINDOW,
} from './kind.ts';
import { type LogSink, SimLog } from './log.ts';
import type { Machine } from './machine.ts';
import { SimMulticast } from './multicast.ts';
import { SimNameServers } from './name-servers.ts';
import type { GroupPacket } from './network.ts';
import type { Segment } from './outbound.ts';
import type { Programs } from './programs.ts';
import { SimRandom } from './random.ts';
import { SimRuntime } from './runtime.ts';
import type { Actor } from './scheduler.ts';
import { SimSpawner } from './spawner.ts';
import { SimStorage } from './storage.ts';
import { SimStreams } from './streams.ts';

/** Datagrams for a paused process beyond this are lost, as when a socket's buffer is full. */
const DATAGRAM_BACKLOG_BYTES_MAX = 256 * 1024;

/** What a process has handed to the network since it started: payload, without any headers. */
export interface Sent {
  datagrams: number;
  datagramBytes: number;
  streamBytes: number;
  /** How often something was written to a connection. */
  streamWrites: number;
  /** Packets to multicast groups, each counted once. */
  multicasts: number;
}

interface Waiting {
  readonly at: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly payload: unknown;
}

/** One start of a simulated host: the seams of `Host` in virtual time. */
export class SimHost implements Host, Actor {
  readonly machine: Machine;
  readonly actor: number;
  readonly pid: number;
  /** Which start of its machine this is, from 1. */
  readonly start: number;
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly datagrams: SimDatagrams;
  readonly streams: SimStreams;
  readonly spawner: SimSpawner;
  readonly storage: SimStorage;
  readonly log: SimLog;
  readonly containers: SimContainers;
  readonly nameServers: SimNameServers;
  readonly multicast: SimMulticast;
  readonly runtime: SimRuntime;
  readonly security = { keys: [], refused: noRefusals() };
  readonly sent: Sent = {
    datagrams: 0,
    datagramBytes: 0,
    streamBytes: 0,
    streamWrites: 0,
    multicasts: 0,
  };
  /** How many events the process has been told of. */
  handled = 0;
  alive = true;

  /** Whether what happens is delivered at once: alive, not paused, and nothing waits. */
  #direct = true;
  #paused = false;
  #resumeTimer = -1;
  #backlog: Waiting[] = [];
  #backlogNext = 0;
  #backlogDue = false;
  #backlogDatagramBytes = 0;
  /** Until when the last event keeps a slow process busy. */
  #busyUntil = 0;

  constructor(options: {
    machine: Machine;
    seed: string;
    programs: Programs;
    log: LogSink | undefined;
  }) {
    const { machine } = options;
    this.machine = machine;
    this.#direct = machine.ailments.eventUs === 0;
    this.actor = machine.actor;
    this.pid = machine.takePid();
    this.start = machine.starts;
    const { path } = new SimRandom(options.seed)
      .fork('host')
      .fork(machine.name)
      .fork(String(machine.starts));
    this.random = new SimRandom(path, { numbered: true });
    this.clock = new SimClock(this);
    this.datagrams = new SimDatagrams(this);
    this.multicast = new SimMulticast(this);
    this.nameServers = new SimNameServers(this);
    this.streams = new SimStreams(this);
    this.spawner = new SimSpawner(this, options.programs);
    this.containers = new SimContainers(this, options.programs);
    this.storage = new SimStorage(this);
    this.runtime = new SimRuntime(this);
    this.log = new SimLog(machine.name, () => this.clock.now(), options.log);
  }

  /** The name of its machine. */
  get name(): string {
    return this.machine.name;
  }

  /** Whether its process stands still. */
  get paused(): boolean {
    return this.#paused;
  }

  /** For how long the oldest of what it has not been told of has waited. */
  get lagUs(): number {
    const waiting = this.#backlog[this.#backlogNext];
    return waiting === undefined ? 0 : this.machine.network.scheduler.now - waiting.at;
  }

  /**
   * The process dies. Its peers get resets; when `silent`, the machine goes dark instead and nothing
   * is sent.
   */
  crash({ silent = false }: { silent?: boolean } = {}): void {
    if (!this.alive) return;
    this.alive = false;
    this.#direct = false;
    this.machine.process = undefined;
    this.machine.dark = silent;
    this.streams.die(silent);
    // Nobody is told any more, and what it told is nobody's memory: nodes are kept after their end.
    this.datagrams.close();
    this.multicast.die();
    this.spawner.die();
    this.machine.disk.crash();
    this.#backlog = [];
  }

  /** Stops the process, as SIGSTOP or a long garbage collection does; for ever without `us`. */
  pause(us?: number): void {
    this.#paused = true;
    this.#direct = false;
    const { scheduler } = this.machine.network;
    scheduler.cancel(this.#resumeTimer);
    if (us !== undefined) {
      this.#resumeTimer = scheduler.push(scheduler.now + us, this, BACKLOG, 1, 0, undefined);
    }
  }

  /** Ends a pause: what waited is delivered, in order. */
  resume(): void {
    this.#paused = false;
    this.machine.network.scheduler.cancel(this.#resumeTimer);
    this.#continue();
  }

  /** An event costs it more or less than before. */
  paceChanged(): void {
    if (this.machine.ailments.eventUs > 0) this.#direct = false;
    if (!this.#paused) this.#continue();
  }

  /** Schedules something to do for this process. Returns the id of the event. */
  post(at: number, kind: number, task: Task): number {
    return this.machine.network.scheduler.push(at, this, kind, 0, 0, task);
  }

  fire(kind: number, a: number, b: number, payload: unknown): void {
    if (kind !== BACKLOG) this.happen(kind, a, b, payload);
    else if (a === 1) this.resume();
    else this.#next();
  }

  /** Something happens to the process: now, or once it runs again. */
  happen(kind: number, a: number, b: number, payload: unknown): void {
    if (this.#direct) {
      this.#deliver(kind, a, payload);
      return;
    }
    if (!this.alive) return;
    this.#wait(kind, a, b, payload);
    if (this.machine.ailments.eventUs > 0 && !this.#paused) this.#continue();
  }

  #deliver(kind: number, a: number, payload: unknown): void {
    this.handled++;
    switch (kind) {
      case TIMER:
      case DISK:
      case PROGRAM:
        (payload as Task).run();
        break;
      case DATAGRAM: {
        const from = this.machine.network.addresses[a] as Address;
        this.datagrams.arrived(from, payload as Uint8Array);
        break;
      }
      case MULTICAST: {
        const { to, bytes } = payload as GroupPacket;
        to.arrived(this.machine.network.addresses[a] as Address, bytes);
        break;
      }
      case SEGMENT:
        (payload as Segment).to.taken(payload as Segment);
        break;
      case WINDOW:
        (payload as Endpoint).drained();
        break;
      case READ_ON:
        (payload as Endpoint).readOn();
        break;
      case ACK:
        this.streams.hand(payload as Endpoint);
        break;
      case SYN_ACK:
        (payload as Endpoint).opened();
        break;
      case CLOSED:
        (payload as Endpoint).closed(a);
        break;
    }
  }

  #wait(kind: number, a: number, b: number, payload: unknown): void {
    if (kind === DATAGRAM || kind === MULTICAST) {
      if (this.#backlogDatagramBytes + b > DATAGRAM_BACKLOG_BYTES_MAX) return;
      this.#backlogDatagramBytes += b;
    }
    this.#backlog.push({ at: this.machine.network.scheduler.now, kind, a, b, payload });
  }

  #continue(): void {
    if (!this.alive || this.#backlogDue) return;
    if (this.#backlog.length === 0) {
      this.#direct = this.machine.ailments.eventUs === 0;
      return;
    }
    this.#backlogDue = true;
    const { scheduler } = this.machine.network;
    const at = Math.max(scheduler.now, this.#busyUntil);
    scheduler.push(at, this, BACKLOG, 0, 0, undefined);
  }

  #next(): void {
    this.#backlogDue = false;
    if (!this.alive || this.#paused) return;
    const waiting = this.#backlog[this.#backlogNext++];
    if (waiting === undefined) return;
    this.#busyUntil = this.machine.network.scheduler.now + this.machine.ailments.eventUs;
    if (waiting.kind === DATAGRAM || waiting.kind === MULTICAST)
      this.#backlogDatagramBytes -= waiting.b;
    this.machine.network.trace.handles(senderOf(waiting));
    this.#deliver(waiting.kind, waiting.a, waiting.payload);
    if (this.#backlogNext >= this.#backlog.length) {
      this.#backlog = [];
      this.#backlogNext = 0;
    }
    if (!this.#paused) this.#continue();
  }
}

/** The actor that sent what waited; 0 when nobody did. */
function senderOf({ kind, a, payload }: Waiting): number {
  if (kind === DATAGRAM || kind === MULTICAST) return a + 1;
  return kind === SEGMENT ? (payload as Segment).from.machine.actor : 0;
}
