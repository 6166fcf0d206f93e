/**
 * Servers and clients in a simulated world, and the truth about them: which were started, joined
 * and ended when. Checkers compare what servers say with it.
 */

import { type Client, connect } from '../src/client/client.ts';
import { parseCircuitUrl, type ServerId } from '../src/id.ts';
import { lan } from '../src/membership/profile.ts';
import { type ServerEvent, startServer } from '../src/server/server.ts';
import { SECOND } from '../src/time.ts';
import type { Ailment } from './ailments.ts';
import { lanBounds } from './bounds.ts';
import type { Checker } from './checkers/checker.ts';
import { endedServer } from './ended.ts';
import { Faulting, noSuchHost } from './faulting.ts';
import type { SimHost } from './host.ts';
import { Idle } from './idle.ts';
import type { Faulty, Incident } from './incident.ts';
import { Measures } from './measure/measures.ts';
import { SeriesBook } from './measure/series.ts';
import type { ClusterEvent, ClusterOptions, Node, StartOptions, Violation } from './node.ts';
import { Player } from './play.ts';
import type { Rule } from './rules.ts';
import { ScenarioError } from './scenario.ts';
import { circuitOf, keepJoining, newNode, restartAll, serverOptions } from './starting.ts';
import { type Last, Told } from './told.ts';
import { trace } from './tracing.ts';
import { Truth } from './truth.ts';
import type { World } from './world.ts';

/** Of one moment: there may be one for each pair of servers. */
const VIOLATIONS_MAX = 50;

/** The servers of a run, and the truth about them: what a scenario is given. */
export class Cluster {
  readonly world: World;
  readonly violations: Violation[] = [];
  readonly checkers: Checker[] = [];
  readonly measures = new Measures();
  /** What is sampled over time. */
  readonly series = new SeriesBook();
  readonly player = new Player(this);
  /** Why the story is to end, once it takes too long. */
  overdue: string | undefined;
  readonly truth: Truth;
  readonly told: Told;
  readonly #options: ClusterOptions;
  readonly #listeners: ((event: ClusterEvent) => void)[] = [];
  /** Host name => the node that runs there; ended ones are not here. */
  readonly #present = new Map<string, Node>();
  readonly #byId = new Map<ServerId, Node>();
  /** Host name => the last node that was started there. */
  readonly #last = new Map<string, Node>();
  /** The circuits that were ever begun, by name. */
  readonly #circuits = new Set<string>();
  /** @internal */
  readonly faulting: Faulting;
  #hosts = 0;
  #clients = 0;

  constructor(world: World, options: ClusterOptions = {}) {
    this.world = world;
    this.#options = options;
    this.truth = new Truth(options.bounds ?? lanBounds, () => world.now);
    this.told = new Told(this.#byId);
    this.observe((event) => trace(event, world.trace));
    this.faulting = new Faulting(this, this.#present, (event) => this.#tell(event));
    this.observe((event) => this.faulting.hear(event));
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

  /** The run of a server by its id, whether or not it is up. */
  node(id: ServerId): Node | undefined {
    return this.#byId.get(id);
  }

  /** The node that is up on a host. */
  on(host: string): Node | undefined {
    return this.#present.get(host);
  }

  /** The node that was started on a host last, whether or not it is up. */
  latestOn(host: string): Node | undefined {
    return this.#last.get(host);
  }

  /** Every node that was ever started, in the order of its start. */
  get nodes(): Iterable<Node> {
    return this.#byId.values();
  }

  /** Adds a checker to this run. */
  check<C extends Checker>(checker: C): C {
    this.checkers.push(checker);
    return checker;
  }

  /** Tells of everything that happens to servers, and that they tell, from now on. */
  observe(listener: (event: ClusterEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** A guarantee does not hold: the run ends. When many servers are concerned, some stand for all. */
  violate(guarantee: string, message: string): void {
    if (this.violations.length === VIOLATIONS_MAX) return;
    this.violations.push({ guarantee, at: this.now, message });
    this.world.trace.note(`${guarantee} is broken: ${message}`);
  }

  /** Collects a number for the report; `unit` such as 's'. All of one name have the same unit. */
  measure(name: string, value: number, unit = ''): void {
    this.measures.add(name, value, unit);
  }

  /** Resolves after so many virtual microseconds. */
  sleep(us: number): Promise<void> {
    if (this.overdue !== undefined) throw new ScenarioError(this.overdue);
    return new Promise((resolve) => this.world.after(us, resolve));
  }

  /** Resolves once `condition` holds; looks every 10 virtual ms, and gives up after `forUs`. */
  async until(condition: () => boolean, forUs = 60 * SECOND): Promise<void> {
    const end = this.now + forUs;
    while (!condition()) {
      const waited = `the story waited ${forUs / SECOND} s in vain until ${condition}`;
      if (this.now >= end) this.violate('progress', waited);
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
      profile: options.profile ?? last?.profile ?? this.#options.profile ?? lan,
      named: options.named ?? last?.named,
      discover: options.discover ?? last?.discover,
    });
    const { through } = options;
    const isFirst = through === name || (!through && !this.#circuits.has(node.circuit));
    this.#circuits.add(node.circuit);
    if (isFirst || options.alone === true) this.#joined(node);
    else if (node.discover === undefined || through !== undefined) {
      keepJoining(node, through, {
        ...{ world: this.world, present: this.#present, joined: () => this.#joined(node) },
        lenient: () => this.now < this.truth.lenientUntil,
      });
    }
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
  restartAll(options: { readonly awayUs?: number } = {}): Promise<Node[]> {
    return restartAll(this, options);
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

  /** Kills the server on a host: its kernel resets its connections, and peers know at once. */
  crash(name: string): void {
    this.#gone(this.#end(name, 'crash'), { silent: false });
  }

  /** The host vanishes: nothing is said, and peers have to find out by its silence. */
  dark(name: string): void {
    this.#gone(this.#end(name, 'dark'), { silent: true });
  }

  /** The server on a host says goodbye and ends. */
  leave(name: string): void {
    this.#end(name, 'leave')?.server.leave();
  }

  /** Its process stands still, as by SIGSTOP. */
  pause(name: string, forUs: number): void {
    const node = this.#up(name);
    if (node !== undefined) this.faulting.pause(node, forUs);
  }

  /** Something ails the machine of a host for a while or until `heal`, whatever runs there. */
  ail(name: string, ailment: Ailment, forUs?: number): void {
    this.faulting.ail(name, ailment, forUs);
  }

  /** Lets a rule hold for a while, or until `heal`; whom it cuts off is excused (see truth.ts). */
  impose(rule: Rule, forUs?: number): void {
    this.faulting.impose(rule, forUs);
  }

  /**
   * Cuts groups of hosts off from each other, and from those that are in none, for a while or until
   * `heal`. Hosts that are added later are on every side.
   */
  split(groups: readonly (readonly string[])[], forUs?: number): void {
    this.faulting.split(groups, forUs);
  }

  /** These hosts may be given up meanwhile, each on its own, whatever it is that ails them. */
  faulty(which: Faulty): void {
    this.faulting.faulty(which);
  }

  /** Plays a schedule; returns at once. Incidents about hosts that are not there do nothing. */
  play(schedule: readonly Incident[]): void {
    this.player.play(schedule);
  }

  /** Ends every fault that is not final. */
  heal(): void {
    for (const node of this.#present.values()) if (node.host.paused) node.host.resume();
    this.faulting.heal();
  }

  /** A stretch in which nothing is to happen: counts what each server sends meanwhile. */
  async idle(stretch: () => Promise<void>): Promise<void> {
    const idle = new Idle(this.#present.values(), this.now);
    await stretch();
    const idlers = idle.end(this.now);
    for (const { bytesPerSecond, datagramsPerSecond } of idlers) {
      this.measure('sent while idle', bytesPerSecond, 'B/s');
      this.measure('datagrams sent while idle', datagramsPerSecond, '1/s');
    }
    this.#tell({ type: 'idled', idlers });
  }

  /** A client on a host of its own, dialled into a node. */
  client(to: Node): Promise<Client> {
    return connect(this.clientHost(), to.server.url);
  }

  /** A host of its own for a client, which may crash. */
  clientHost(): SimHost {
    return this.world.addHost(`client${++this.#clients}`);
  }

  /** Starts a server on a host where none is up; one that is still saying goodbye is killed. */
  restart(name: string): void {
    if (this.#present.has(name)) return;
    const last = this.#last.get(name);
    if (last?.host.alive) this.#gone(last, { silent: false });
    this.start(name);
  }

  #end(name: string, ending: NonNullable<Node['ending']>): Node | undefined {
    const node = this.#up(name);
    if (node === undefined) return undefined;
    this.#present.delete(name);
    node.endedAt = this.now;
    node.ending = ending;
    this.#tell({ type: 'ended', node });
    return node;
  }

  #up(name: string): Node | undefined {
    if (!this.#last.has(name)) throw noSuchHost(name);
    return this.#present.get(name);
  }

  #run(name: string, how: Parameters<typeof serverOptions>[0]): Node {
    const host = this.world.addHost(name);
    let node: Node | undefined;
    const server = startServer(host, {
      ...serverOptions(how, this.#options),
      observe: (event) => node && this.#hear(node, event),
    });
    node = newNode(host, server, { ...how, index: this.#byId.size, startedAt: this.now });
    this.#byId.set(node.id, node);
    this.#present.set(name, node);
    this.#last.set(name, node);
    this.#tell({ type: 'started', node });
    // What it said while it was being started.
    for (const member of server.members()) this.#hear(node, { type: 'joined', member });
    return node;
  }

  /** Two found each other by multicast, which nobody told us of: one joins, or circuits meet. */
  #met(one: Node, other: Node): void {
    if ((one.discover ?? other.discover) === undefined) return;
    const [known, found] = one.joinedAt === undefined ? [other, one] : [one, other];
    if (known.joinedAt === undefined) return;
    this.#merge(found.circuit, known.circuit);
    if (found.joinedAt === undefined) this.#joined(found);
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

  #hear(node: Node, event: ServerEvent): void {
    const subject = 'member' in event ? this.#byId.get(event.member.id) : undefined;
    let before: Last | undefined;
    if ('member' in event && subject !== undefined) {
      const { type, member } = event;
      if (type === 'joined') this.#met(node, subject);
      before = this.told.hear(node, subject, { type, incarnation: member.incarnation });
    }
    this.#tell({ type: 'told', node, event, subject, before });
    if (event.type === 'left') this.truth.left(node, subject, event.member.incarnation);
    if (event.type === 'stopped') this.#gone(node, { silent: false });
  }

  #gone(node: Node | undefined, how: { readonly silent: boolean }): void {
    if (node === undefined) return;
    node.host.crash(how);
    node.server = endedServer(node.server);
    this.#tell({ type: 'gone', node });
    this.told.forget(node);
  }

  #tell(event: ClusterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
