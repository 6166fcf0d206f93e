/**
 * Servers and clients in a simulated world, and the truth about them: which were started, joined
 * and ended when. Checkers compare what servers say with it.
 */

import { assert, unreachable } from '../src/assert.ts';
import { type Client, connect } from '../src/client/client.ts';
import { parseCircuitUrl, type ServerId } from '../src/id.ts';
import type { Parts } from '../src/server/parts.ts';
import { type Server, type ServerEvent, startServer } from '../src/server/server.ts';
import { SECOND } from '../src/time.ts';
import type { Checker } from './checkers/checker.ts';
import type { SimHost } from './host.ts';
import { describeIncident, type Incident } from './incident.ts';
import type { World } from './world.ts';

/** One run of a server. A restart of its host is another node. */
export interface Node {
  readonly host: SimHost;
  readonly server: Server;
  readonly id: ServerId;
  readonly startedAt: number;
  /** Since when it is part of the circuit; undefined before. */
  joinedAt: number | undefined;
  /** Since when it is to be forgotten; undefined while it is present. */
  endedAt: number | undefined;
  ending: 'crash' | 'dark' | 'leave' | undefined;
  /** Until when it is excused for what it sees and how it is seen: it was paused or cut off. */
  excusedUntil: number;
}

export type ClusterEvent =
  | { readonly type: 'started'; readonly node: Node }
  | { readonly type: 'joined'; readonly node: Node }
  | { readonly type: 'ended'; readonly node: Node }
  /** Nothing more is heard of it. One that leaves has said goodbye by now. */
  | { readonly type: 'gone'; readonly node: Node }
  /** A server told its observer. */
  | { readonly type: 'told'; readonly node: Node; readonly event: ServerEvent };

/** A guarantee that does not hold. */
export interface Violation {
  readonly guarantee: string;
  readonly at: number;
  readonly message: string;
}

/** How often a server that cannot join tries another seed, once a second. */
const JOIN_TRIES = 30;
/** How long after a pause or a cut a server may still be misjudged, in us. */
const EXCUSED_AFTER_US = 15 * SECOND;

export class Cluster {
  readonly world: World;
  readonly violations: Violation[] = [];
  readonly checkers: Checker[] = [];
  readonly #parts: Parts | undefined;
  readonly #listeners: ((event: ClusterEvent) => void)[] = [];
  /** Host name => the node that runs there; ended ones are not here. */
  readonly #present = new Map<string, Node>();
  readonly #byId = new Map<ServerId, Node>();
  /** Host name => the last node that was started there. */
  readonly #last = new Map<string, Node>();
  #hosts = 0;
  #clients = 0;

  constructor(world: World, parts?: Parts) {
    this.world = world;
    this.#parts = parts;
  }

  /** Microseconds since the world began. */
  get now(): number {
    return this.world.now;
  }

  /** The nodes that are up, in the order of their start. */
  get present(): readonly Node[] {
    return [...this.#present.values()];
  }

  /** How many nodes were ever started. */
  get started(): number {
    return this.#byId.size;
  }

  node(id: ServerId): Node | undefined {
    return this.#byId.get(id);
  }

  /** The node that is up on a host. */
  on(host: string): Node | undefined {
    return this.#present.get(host);
  }

  /** Adds a checker to this run. */
  check<C extends Checker>(checker: C): C {
    this.checkers.push(checker);
    return checker;
  }

  observe(listener: (event: ClusterEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** A guarantee does not hold: the run ends. */
  violate(guarantee: string, message: string): void {
    this.violations.push({ guarantee, at: this.now, message });
    this.world.trace.note(`${guarantee} is broken: ${message}`);
  }

  /** Resolves after so many virtual microseconds. */
  sleep(us: number): Promise<void> {
    return new Promise((resolve) => this.world.after(us, resolve));
  }

  /** Resolves once `condition` holds; looks every 10 virtual ms, and gives up after `forUs`. */
  async until(condition: () => boolean, forUs = 60 * SECOND): Promise<void> {
    const end = this.now + forUs;
    while (!condition()) {
      assert(this.now < end, 'the scenario waited in vain for a condition');
      await this.sleep(10_000);
    }
  }

  /** Starts a server on a host, which joins the circuit through any server that is up. */
  start(name = `n${++this.#hosts}`): Node {
    const host = this.world.addHost(name);
    let node: Node | undefined;
    const server = startServer(host, {
      observe: (event) => {
        if (node !== undefined) this.#told(node, event);
      },
      ...(this.#parts === undefined ? {} : { parts: this.#parts }),
    });
    node = {
      host,
      server,
      id: server.id,
      startedAt: this.now,
      joinedAt: undefined,
      endedAt: undefined,
      ending: undefined,
      excusedUntil: 0,
    };
    this.#byId.set(node.id, node);
    this.#present.set(name, node);
    this.#last.set(name, node);
    this.world.trace.note(`${name} starts as ${node.id}`);
    this.#tell({ type: 'started', node });
    // What it said while it was being started.
    for (const member of server.members()) {
      this.#tell({ type: 'told', node, event: { type: 'joined', member } });
    }
    this.#join(node, JOIN_TRIES);
    return node;
  }

  /** Starts so many servers one after another, `gapUs` apart, and waits until all have joined. */
  async startMany(count: number, gapUs = 20_000): Promise<Node[]> {
    const nodes: Node[] = [];
    for (let i = 0; i < count; i++) {
      nodes.push(this.start());
      await this.sleep(gapUs);
    }
    await this.until(() =>
      nodes.every((node) => node.joinedAt !== undefined || node.endedAt !== undefined),
    );
    return nodes;
  }

  crash(name: string): void {
    this.#gone(this.#end(name, 'crash'), { silent: false });
  }

  dark(name: string): void {
    this.#gone(this.#end(name, 'dark'), { silent: true });
  }

  leave(name: string): void {
    this.#end(name, 'leave')?.server.leave();
  }

  pause(name: string, forUs: number): void {
    const node = this.#present.get(name);
    if (node === undefined) return;
    node.excusedUntil = Math.max(node.excusedUntil, this.now + forUs + EXCUSED_AFTER_US);
    node.host.pause(forUs);
  }

  /** Plays a schedule; returns at once. Incidents about hosts that are not there do nothing. */
  play(schedule: readonly Incident[]): void {
    for (const incident of schedule) {
      this.world.at(Math.max(incident.at, this.now), () => this.#play(incident));
    }
  }

  /** Ends every fault that is not final. */
  heal(): void {
    this.world.rules.clear();
    for (const node of this.#present.values()) if (node.host.paused) node.host.resume();
  }

  /** A client on a host of its own, dialled into a node. */
  client(to: Node): Promise<Client> {
    return connect(this.clientHost(), to.server.url);
  }

  /** A host of its own for a client, which may crash. */
  clientHost(): SimHost {
    return this.world.addHost(`client${++this.#clients}`);
  }

  #play(incident: Incident): void {
    this.world.trace.note(describeIncident(incident));
    switch (incident.type) {
      case 'start':
        if (this.#present.get(incident.host) === undefined) this.#restart(incident.host);
        break;
      case 'crash':
        this.crash(incident.host);
        break;
      case 'dark':
        this.dark(incident.host);
        break;
      case 'leave':
        this.leave(incident.host);
        break;
      case 'pause':
        this.pause(incident.host, incident.forUs);
        break;
      case 'rule': {
        const { rule } = incident;
        this.world.rules.add(rule);
        this.world.after(incident.forUs, () => this.world.rules.remove(rule));
        break;
      }
      default:
        unreachable(incident);
    }
  }

  /** The server that left may still be saying goodbye: its process is over first. */
  #restart(name: string): void {
    const last = this.#last.get(name);
    if (last?.host.alive) this.#gone(last, { silent: false });
    this.start(name);
  }

  #end(name: string, ending: NonNullable<Node['ending']>): Node | undefined {
    const node = this.#present.get(name);
    if (node === undefined) return undefined;
    this.#present.delete(name);
    node.endedAt = this.now;
    node.ending = ending;
    this.#tell({ type: 'ended', node });
    return node;
  }

  #join(node: Node, tries: number): void {
    if (this.#byId.size === 1) {
      this.#joined(node);
      return;
    }
    const seeds = this.present.filter((each) => each !== node && each.joinedAt !== undefined);
    assert(seeds.length > 0, 'no server is left to join');
    const seed = seeds[this.world.random.below(seeds.length)] as Node;
    node.server.join(parseCircuitUrl(seed.server.url), (error) => {
      if (node.endedAt !== undefined) return;
      if (error === undefined) {
        this.#joined(node);
        return;
      }
      assert(tries > 1, `${node.host.name} could not join: ${error.message}`);
      this.world.after(SECOND, () => {
        if (node.endedAt === undefined) this.#join(node, tries - 1);
      });
    });
  }

  #joined(node: Node): void {
    node.joinedAt = this.now;
    this.#tell({ type: 'joined', node });
  }

  #told(node: Node, event: ServerEvent): void {
    if (event.type !== 'stopped') {
      this.world.trace.note(`${node.host.name} was told ${event.type} ${event.member.id}`);
    }
    this.#tell({ type: 'told', node, event });
    if (event.type === 'stopped') this.#gone(node, { silent: false });
  }

  #gone(node: Node | undefined, how: { readonly silent: boolean }): void {
    if (node === undefined) return;
    node.host.crash(how);
    this.#tell({ type: 'gone', node });
  }

  #tell(event: ClusterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
