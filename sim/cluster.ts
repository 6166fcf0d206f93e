/**
 * Servers and clients in a simulated world, and the truth about them: which were started, joined
 * and ended when. Checkers compare what servers say with it.
 */

import { assert, unreachable } from '../src/assert.ts';
import { type Client, connect } from '../src/client/client.ts';
import { type CircuitUrl, parseCircuitUrl, type ServerId } from '../src/id.ts';
import type { Profile } from '../src/membership/profile.ts';
import type { Parts } from '../src/server/parts.ts';
import { type Server, type ServerEvent, startServer } from '../src/server/server.ts';
import { SECOND } from '../src/time.ts';
import type { Checker } from './checkers/checker.ts';
import type { SimHost } from './host.ts';
import { describeIncident, type Incident } from './incident.ts';
import { Measures } from './measure/measures.ts';
import type { ClusterEvent, Node, StartOptions, Violation } from './node.ts';
import type { World } from './world.ts';

export interface ClusterOptions {
  /** State machines to use instead of the real ones: planted bugs. */
  readonly parts?: Parts;
  /** Of the servers that are started without one. */
  readonly profile?: Profile;
}

/** How often a server that cannot join tries again, once a second. */
const JOIN_TRIES = 30;
/** How long after a pause or a cut a server may still be misjudged, in us. */
const EXCUSED_AFTER_US = 15 * SECOND;

export class Cluster {
  readonly world: World;
  readonly violations: Violation[] = [];
  readonly checkers: Checker[] = [];
  readonly measures = new Measures();
  readonly #options: ClusterOptions;
  readonly #listeners: ((event: ClusterEvent) => void)[] = [];
  /** Host name => the node that runs there; ended ones are not here. */
  readonly #present = new Map<string, Node>();
  readonly #byId = new Map<ServerId, Node>();
  /** Host name => the last node that was started there. */
  readonly #last = new Map<string, Node>();
  /** The circuits that were ever begun, by name. */
  readonly #circuits = new Set<string>();
  #hosts = 0;
  #clients = 0;

  constructor(world: World, options: ClusterOptions = {}) {
    this.world = world;
    this.#options = options;
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

  /** Collects a number for the report; `unit` such as 's'. All of one name have the same unit. */
  measure(name: string, value: number, unit = ''): void {
    this.measures.add(name, value, unit);
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

  /**
   * Starts a server on a host, which joins its circuit. With a name alone, it is as on the start
   * before: the same circuit and profile.
   */
  start(how: string | (StartOptions & { readonly name?: string }) = {}): Node {
    const { name = `n${++this.#hosts}`, ...options } =
      typeof how === 'string' ? { name: how } : how;
    const last = this.#last.get(name);
    const node = this.#run(name, {
      circuit: options.circuit ?? circuitOf(options.through) ?? last?.circuit ?? 'main',
      profile: options.profile ?? last?.profile ?? this.#options.profile,
    });
    const isFirst = options.through === undefined && !this.#circuits.has(node.circuit);
    this.#circuits.add(node.circuit);
    if (isFirst || options.alone === true) this.#joined(node);
    else this.#join(node, options.through, JOIN_TRIES);
    return node;
  }

  /** Starts so many servers one after another, `gapUs` apart, and waits until all have joined. */
  async startMany(
    count: number,
    how: number | (StartOptions & { readonly gapUs?: number }) = {},
  ): Promise<Node[]> {
    const { gapUs = 20_000, ...options } = typeof how === 'number' ? { gapUs: how } : how;
    const nodes: Node[] = [];
    for (let i = 0; i < count; i++) {
      nodes.push(this.start(options));
      await this.sleep(gapUs);
    }
    await this.untilJoined(nodes);
    return nodes;
  }

  /** Starts so many servers at one instant, and waits until all have joined. */
  async startAll(count: number, options: StartOptions = {}): Promise<Node[]> {
    const nodes = Array.from({ length: count }, () => this.start(options));
    await this.untilJoined(nodes);
    return nodes;
  }

  /**
   * Kills every server at once, and starts all again `awayUs` later, at one instant and the same
   * addresses: the first of each circuit alone, the others through its address.
   */
  async restartAll({ awayUs = 0 } = {}): Promise<Node[]> {
    const before = this.present;
    for (const { host } of before) this.crash(host.name);
    await this.sleep(awayUs);
    const first = new Map<string, string>();
    const nodes = before.map(({ host: { name }, circuit }) => {
      const through = first.get(circuit);
      if (through === undefined) first.set(circuit, name);
      return this.start(
        through === undefined ? { name, circuit, alone: true } : { name, circuit, through },
      );
    });
    await this.untilJoined(nodes);
    return nodes;
  }

  /** Gives one server the address of another; resolves once their circuits are one. */
  join(node: Node, to: Node): Promise<void> {
    return new Promise((resolve, reject) => {
      node.server.join(parseCircuitUrl(to.server.url), (error) => {
        if (error !== undefined) {
          reject(error);
          return;
        }
        this.#merge(node.circuit, to.circuit);
        resolve();
      });
    });
  }

  /** Resolves once each of them has joined, or ended. */
  untilJoined(nodes: readonly Node[]): Promise<void> {
    const waiting = new Set(nodes);
    return this.until(() => {
      for (const node of waiting) {
        if (node.joinedAt !== undefined || node.endedAt !== undefined) waiting.delete(node);
      }
      return waiting.size === 0;
    });
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

  #run(name: string, how: Pick<Node, 'circuit' | 'profile'>): Node {
    const host = this.world.addHost(name);
    const { parts } = this.#options;
    let node: Node | undefined;
    const server = startServer(host, {
      observe: (event) => {
        if (node !== undefined) this.#told(node, event);
      },
      ...(parts === undefined ? {} : { parts }),
      ...(how.profile === undefined ? {} : { profile: how.profile }),
    });
    node = newNode(host, server, { ...how, index: this.#byId.size, startedAt: this.now });
    this.#byId.set(node.id, node);
    this.#present.set(name, node);
    this.#last.set(name, node);
    this.world.trace.note(`${name} starts as ${node.id}`);
    this.#tell({ type: 'started', node });
    // What it said while it was being started.
    for (const member of server.members()) {
      this.#tell({ type: 'told', node, event: { type: 'joined', member } });
    }
    return node;
  }

  #join(node: Node, through: StartOptions['through'], tries: number): void {
    node.server.join(this.#seedFor(node, through), (error) => {
      if (node.endedAt !== undefined) return;
      if (error === undefined) {
        this.#joined(node);
        return;
      }
      assert(tries > 1, `${node.host.name} could not join: ${error.message}`);
      this.world.after(SECOND, () => {
        if (node.endedAt === undefined) this.#join(node, through, tries - 1);
      });
    });
  }

  #seedFor(node: Node, through: StartOptions['through']): CircuitUrl {
    if (typeof through === 'string') {
      const machine = this.world.network.named(through);
      assert(machine !== undefined, `there is no host ${through} to join through`);
      return parseCircuitUrl(machine.address);
    }
    if (through !== undefined) return parseCircuitUrl(through.server.url);
    const seeds: Node[] = [];
    for (const each of this.#present.values()) {
      const fits = each !== node && each.joinedAt !== undefined;
      if (fits && each.circuit === node.circuit) seeds.push(each);
    }
    assert(seeds.length > 0, 'no server is left to join');
    const seed = seeds[this.world.random.below(seeds.length)] as Node;
    return parseCircuitUrl(seed.server.url);
  }

  #merge(from: string, to: string): void {
    if (from === to) return;
    for (const node of this.#byId.values()) if (node.circuit === from) node.circuit = to;
    this.#tell({ type: 'merged', circuits: [from, to] });
  }

  #joined(node: Node): void {
    node.joinedAt = this.now;
    this.#tell({ type: 'joined', node });
  }

  #told(node: Node, event: ServerEvent): void {
    if ('member' in event) {
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

function circuitOf(through: StartOptions['through']): string | undefined {
  return typeof through === 'object' ? through.circuit : undefined;
}

function newNode(
  host: SimHost,
  server: Server,
  how: Pick<Node, 'index' | 'circuit' | 'profile' | 'startedAt'>,
): Node {
  return {
    host,
    server,
    id: server.id,
    ...how,
    joinedAt: undefined,
    endedAt: undefined,
    ending: undefined,
    excusedUntil: 0,
  };
}
