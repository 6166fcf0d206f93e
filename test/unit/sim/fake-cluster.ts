/**
 * Servers that are nothing but what they tell, in a real world with the real truth: checkers can be
 * shown anything, right or wrong.
 */

import { type Bounds, lanBounds } from '../../../sim/bounds.ts';
import type { Checker, CheckerFactory } from '../../../sim/checkers/checker.ts';
import { Faulting } from '../../../sim/faulting.ts';
import { type Cluster, type ClusterEvent, type Node, World } from '../../../sim/index.ts';
import { Measures } from '../../../sim/measure/measures.ts';
import { Told } from '../../../sim/told.ts';
import { Truth } from '../../../sim/truth.ts';
import { type ServerId, serverIdOf } from '../../../src/id.ts';
import { lan } from '../../../src/membership/profile.ts';
import type { ServerEvent } from '../../../src/server/server.ts';

/** What the membership of a fake server says, to be changed at will. */
export interface FakeView {
  incarnation: number;
  /** server => its incarnation */
  readonly members: Map<ServerId, number>;
  readonly edges: Set<ServerId>;
  departedCount: number;
}

export class FakeCluster {
  readonly world = new World({ seed: 'fake' });
  readonly violations: string[] = [];
  readonly measures = new Measures();
  readonly truth: Truth;
  readonly told: Told;
  readonly faulting: Faulting;
  readonly checker: Checker;
  readonly views = new Map<Node, FakeView>();
  readonly #nodes = new Map<ServerId, Node>();
  readonly #present = new Map<string, Node>();
  readonly #listeners: ((event: ClusterEvent) => void)[] = [];

  constructor(make: CheckerFactory, bounds: Bounds = lanBounds) {
    this.truth = new Truth(bounds, () => this.now);
    this.told = new Told(this.#nodes);
    this.faulting = new Faulting(this, this.#present, (event) => this.event(event));
    this.checker = make(this as unknown as Cluster);
  }

  get now(): number {
    return this.world.now;
  }

  get present(): Node[] {
    return [...this.#present.values()];
  }

  get nodes(): Iterable<Node> {
    return this.#nodes.values();
  }

  node(id: ServerId): Node | undefined {
    return this.#nodes.get(id);
  }

  on(host: string): Node | undefined {
    return this.#present.get(host);
  }

  latestOn(host: string): Node | undefined {
    return [...this.#nodes.values()].findLast((node) => node.host.name === host);
  }

  observe(listener: (event: ClusterEvent) => void): void {
    this.#listeners.push(listener);
  }

  measure(name: string, value: number, unit = ''): void {
    this.measures.add(name, value, unit);
  }

  violate(_guarantee: string, message: string): void {
    this.violations.push(message);
  }

  event(event: ClusterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Servers that tell of each other, and have an edge with each other. */
  grow(count: number, circuit = 'main'): Node[] {
    const nodes = Array.from({ length: count }, () => this.start(circuit));
    for (const node of nodes) for (const other of nodes) this.tell(node, 'joined', other);
    this.world.runFor(1);
    return nodes;
  }

  start(circuit = 'main', name = `n${this.#nodes.size + 1}`): Node {
    const index = this.#nodes.size;
    const id = serverIdOf(Uint8Array.of(0, 0, 0, 0, 0, 0, index >> 8, index & 255));
    const host = this.world.addHost(name);
    const view: FakeView = {
      incarnation: 0,
      members: new Map(),
      edges: new Set(),
      departedCount: 0,
    };
    const node: Node = {
      host,
      id,
      index,
      circuit,
      named: undefined,
      discover: undefined,
      profile: lan,
      startedAt: this.now,
      joinedAt: this.now,
      endedAt: undefined,
      ending: undefined,
      server: fakeServer(id, view),
    };
    this.views.set(node, view);
    this.#nodes.set(id, node);
    this.#present.set(name, node);
    this.event({ type: 'started', node });
    this.event({ type: 'joined', node });
    return node;
  }

  end(node: Node, ending: 'crash' | 'dark' | 'leave'): void {
    this.#present.delete(node.host.name);
    node.endedAt = this.now;
    node.ending = ending;
    this.event({ type: 'ended', node });
    node.host.crash();
    this.event({ type: 'gone', node });
    this.told.forget(node);
  }

  tell(node: Node, type: 'joined' | 'left', subject: Node, incarnation = 0): void {
    const { members } = this.views.get(node) as FakeView;
    if (type === 'joined') members.set(subject.id, incarnation);
    else members.delete(subject.id);
    const member = { id: subject.id, incarnation };
    this.#told(node, { type, member } as never);
  }

  /** Everybody that is up tells it, but those that are named. */
  tellAll(
    type: 'joined' | 'left',
    subject: Node,
    incarnation = 0,
    but: readonly Node[] = [],
  ): void {
    for (const node of this.present) {
      if (node !== subject && !but.includes(node)) this.tell(node, type, subject, incarnation);
    }
  }

  serve(node: Node, from: ServerId): void {
    this.#told(node, { type: 'served', from, method: 'ls' } as never);
  }

  /** Edges in a circle, which each server wants. */
  circle(nodes: readonly Node[]): void {
    for (const [i, node] of nodes.entries()) {
      this.link(node, nodes[(i + 1) % nodes.length] as Node);
    }
  }

  link(a: Node, b: Node): void {
    this.views.get(a)?.edges.add(b.id);
    this.views.get(b)?.edges.add(a.id);
  }

  runFor(seconds: number): void {
    this.world.runFor(seconds * 1_000_000);
  }

  #told(node: Node, event: ServerEvent): void {
    if (event.type !== 'joined' && event.type !== 'left') {
      this.event({ type: 'told', node, event, subject: undefined, before: undefined });
      return;
    }
    const { type, member } = event;
    const subject = this.#nodes.get(member.id);
    const told = { type, incarnation: member.incarnation };
    const before = subject === undefined ? undefined : this.told.hear(node, subject, told);
    this.event({ type: 'told', node, event, subject, before });
    if (event.type === 'left') this.truth.left(node, subject, member.incarnation);
  }
}

function fakeServer(id: ServerId, view: FakeView): Node['server'] {
  const membership = {
    get self() {
      return { id, incarnation: view.incarnation };
    },
    get digest() {
      let low = 0;
      for (const [member, incarnation] of view.members) {
        low ^= Number.parseInt(member.slice(9), 16) * 31 + incarnation * 7919 + 1;
      }
      return { high: view.members.size, low };
    },
    get departedCount() {
      return view.departedCount;
    },
    neighbours: () => [...view.edges],
    hasEdge: (peer: ServerId) => view.edges.has(peer),
    lookup: (peer: ServerId) => {
      const incarnation = view.members.get(peer);
      return incarnation === undefined ? undefined : { id: peer, incarnation };
    },
  };
  const members = () => [...view.members.keys()];
  return { id, members, membership: () => membership } as unknown as Node['server'];
}
