/**
 * A toy world for the tree: many Spreads on a graph of edges with latency, in virtual time. A server
 * here is its Spread and the best key that it knows of each subject. Each counts what it was sent.
 */

import { SimRandom } from '../../../sim/random.ts';
import type { Turn } from '../../../src/gossip/announcements.ts';
import type { NewsKey, SpreadEffect, SpreadEvent } from '../../../src/gossip/event.ts';
import { supersedes } from '../../../src/gossip/news.ts';
import { lan, type SpreadProfile } from '../../../src/gossip/profile.ts';
import { Spread } from '../../../src/gossip/spread.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { EventQueue } from '../../support/event-queue.ts';
import { idOf } from '../../support/members.ts';

export interface Arrival {
  readonly at: number;
  /** From the one that found out. */
  readonly hops: number;
}

/** A record as it travels. */
interface Pushed {
  readonly key: NewsKey;
  readonly wave: number;
  readonly hops: number;
}

type Message =
  | { readonly type: 'news'; readonly records: readonly Pushed[] }
  | { readonly type: 'announce' | 'graft'; readonly keys: readonly NewsKey[] }
  | { readonly type: 'prune' }
  | { readonly type: 'report'; readonly keys: readonly NewsKey[] };

export class Server {
  readonly id: ServerId;
  readonly spread: Spread;
  readonly known = new Map<ServerId, NewsKey>();
  /** subject => when and how its latest news came. */
  readonly arrivals = new Map<ServerId, Arrival>();
  readonly links = new Map<Server, Link>();
  /** Who gathers news, if anybody does. */
  gatherer: Server | undefined;
  /** Who announces first over an edge: the one with the smaller id, unless told otherwise. */
  turnOf: (peer: ServerId) => Turn = (peer) => (this.id < peer ? 'first' : 'second');
  isUp = true;
  armedAt = NEVER;

  constructor(id: ServerId, profile: SpreadProfile, source: ServerId) {
    this.id = id;
    this.spread = new Spread({
      profile,
      self: source,
      isUnknown: (key) => isBetter(key, this.known.get(key.subject)),
      turns: { of: (peer) => this.turnOf(peer), count: 0 },
      gatherer: () => this.gatherer?.id,
    });
  }
}

interface Link {
  isUp: boolean;
  /** Receiver => when the last message reaches it: edges keep the order. */
  readonly lastAt: Map<Server, number>;
}

interface NetOptions {
  readonly seed: string;
  readonly count: number;
  readonly profile?: SpreadProfile;
  readonly latencyMs?: readonly [number, number];
  /** False: all waves are one, as in the paper. */
  readonly waves?: boolean;
}

export class SpreadNet {
  now = 0;
  readonly servers: Server[] = [];
  readonly random: SimRandom;
  /** Messages by what they are; records pushed. */
  readonly sent = { news: 0, announce: 0, graft: 0, prune: 0, report: 0, records: 0 };
  /** Drops what it says yes to, as an edge that breaks may do. */
  loses: (from: Server, to: Server, type: Message['type']) => boolean = () => false;
  readonly #options: NetOptions;
  readonly #queue = new EventQueue<() => void>();
  readonly #byId = new Map<ServerId, Server>();
  #made = 0;

  constructor(options: NetOptions) {
    this.#options = options;
    this.random = new SimRandom(options.seed);
    for (let i = 0; i < options.count; i++) this.add();
  }

  get up(): Server[] {
    return this.servers.filter(({ isUp }) => isUp);
  }

  add(): Server {
    const { seed, profile = lan.spread, waves = true } = this.#options;
    // Ids as random as those of servers are.
    const id = idOf(this.#made++).slice(9);
    const high = new SimRandom(`${seed}/${id}`).below(0x7fffffff).toString(16).padStart(8, '0');
    const name = `X${high}${id}` as ServerId;
    const server = new Server(name, profile, waves ? name : idOf(0));
    this.servers.push(server);
    this.#byId.set(server.id, server);
    return server;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.random.below(i + 1);
      [order[i], order[j]] = [order[j] as T, order[i] as T];
    }
    return order;
  }

  link(a: Server, b: Server, eager = true): void {
    if (a === b || a.links.has(b)) return;
    const link = { isUp: true, lastAt: new Map() };
    a.links.set(b, link);
    b.links.set(a, link);
    this.#step(a, { type: 'edgeUp', peer: b.id, eager });
    this.#step(b, { type: 'edgeUp', peer: a.id, eager });
  }

  /** What is under way is lost. */
  unlink(a: Server, b: Server): void {
    const link = a.links.get(b);
    if (link === undefined) return;
    link.isUp = false;
    for (const [end, other] of [
      [a, b],
      [b, a],
    ] as const) {
      end.links.delete(other);
      if (end.isUp) this.#step(end, { type: 'edgeDown', peer: other.id });
    }
  }

  /** It vanishes without a word. */
  kill(server: Server): Server[] {
    server.isUp = false;
    const peers = [...server.links.keys()];
    for (const peer of peers) this.unlink(peer, server);
    return peers;
  }

  /** `server` finds out. Nothing happens if it knows already. */
  tell(server: Server, key: NewsKey, isReport = false): void {
    if (!isBetter(key, server.known.get(key.subject))) return;
    server.known.set(key.subject, key);
    server.arrivals.set(key.subject, { at: this.now, hops: 0 });
    this.#step(server, { type: 'changed', key, from: undefined, isReport });
  }

  /** A fact about somebody new, found out by these at once. */
  event(number: number, ...origins: readonly Server[]): NewsKey {
    const key = { subject: idOf(0x10000 + number), incarnation: 0, left: false };
    for (const origin of origins) this.tell(origin, key);
    return key;
  }

  run(ms: number): void {
    const end = this.now + ms * MS;
    while (this.#queue.nextAt <= end) {
      this.now = this.#queue.nextAt;
      this.#queue.pop()?.();
    }
    this.now = end;
  }

  after(ms: number, action: () => void): void {
    this.#queue.push(this.now + Math.round(ms * MS), action);
  }

  /** Anybody who is up. */
  pick(): Server {
    const { up } = this;
    return up[this.random.below(up.length)] as Server;
  }

  /** Records pushed for each server since there were `before`. */
  cost(before: number): number {
    return (this.sent.records - before) / this.up.length;
  }

  /** Who among those that are up does not know. */
  ignorant(key: NewsKey): Server[] {
    return this.up.filter(({ known }) => isBetter(key, known.get(key.subject)));
  }

  /** The eager edges, one that is so at one end counting half, and how many pieces they leave. */
  tree(): { edges: number; pieces: number } {
    let edges = 0;
    const seen = new Set<Server>();
    let pieces = 0;
    for (const start of this.up) {
      for (const peer of start.links.keys()) if (start.spread.isEager(peer.id)) edges++;
      if (seen.has(start)) continue;
      pieces++;
      const open = [start];
      seen.add(start);
      for (let server = open.pop(); server !== undefined; server = open.pop()) {
        for (const peer of server.links.keys()) {
          const isEager = server.spread.isEager(peer.id) || peer.spread.isEager(server.id);
          if (!isEager || seen.has(peer)) continue;
          seen.add(peer);
          open.push(peer);
        }
      }
    }
    return { edges: edges / 2, pieces };
  }

  /** Depth in hops and time in ms of the news of `key`, of the last that it reached. */
  reach(key: NewsKey): { hops: number; ms: number } {
    const arrivals = this.up.map(({ arrivals }) => arrivals.get(key.subject) as Arrival);
    const at = arrivals.map(({ at }) => at);
    return {
      hops: Math.max(...arrivals.map(({ hops }) => hops)),
      ms: (Math.max(...at) - Math.min(...at)) / MS,
    };
  }

  #step(server: Server, event: SpreadEvent): void {
    const out: SpreadEffect[] = [];
    server.spread.step(this.now, event, out);
    for (const effect of out) this.#perform(server, effect);
    this.#arm(server);
  }

  #arm(server: Server): void {
    const due = server.spread.deadline();
    if (due === NEVER || due >= server.armedAt) return;
    server.armedAt = due;
    this.#queue.push(Math.max(due, this.now), () => {
      if (server.armedAt !== due) return;
      server.armedAt = NEVER;
      if (server.isUp) this.#step(server, { type: 'tick' });
    });
  }

  #perform(from: Server, effect: SpreadEffect): void {
    this.sent[effect.type]++;
    if (effect.type === 'report') {
      const keys = effect.subjects.map((subject) => from.known.get(subject) as NewsKey);
      this.#report(from, this.#byId.get(effect.to) as Server, { type: 'report', keys });
      return;
    }
    const to = this.#byId.get(effect.peer) as Server;
    if (effect.type === 'prune') this.#send(from, to, { type: 'prune' });
    else if (effect.type !== 'news') {
      this.#send(from, to, { type: effect.type, keys: effect.keys });
    } else {
      this.sent.records += effect.subjects.length;
      const records = effect.subjects.map((subject) => ({
        key: from.known.get(subject) as NewsKey,
        wave: from.spread.waveOf(subject),
        hops: (from.arrivals.get(subject) as Arrival).hops + 1,
      }));
      this.#send(from, to, { type: 'news', records });
    }
  }

  /** It takes no edge. */
  #report(from: Server, to: Server, message: Message): void {
    if (this.loses(from, to, message.type)) return;
    this.#queue.push(this.now + this.#latency(), () => {
      if (to.isUp) this.#receive(from, to, message);
    });
  }

  #latency(): number {
    const [least, most] = this.#options.latencyMs ?? [0.25, 1];
    return Math.round((least + this.random.float() * (most - least)) * MS);
  }

  #send(from: Server, to: Server, message: Message): void {
    const link = from.links.get(to);
    if (link === undefined || this.loses(from, to, message.type)) return;
    const at = Math.max(this.now + this.#latency(), link.lastAt.get(to) ?? 0);
    link.lastAt.set(to, at);
    this.#queue.push(at, () => {
      if (link.isUp && to.isUp) this.#receive(from, to, message);
    });
  }

  #receive(from: Server, to: Server, message: Message): void {
    switch (message.type) {
      case 'news':
        for (const { key, wave, hops } of message.records) {
          if (!isBetter(key, to.known.get(key.subject))) {
            this.#step(to, { type: 'repeated', key, from: from.id, wave });
            continue;
          }
          to.known.set(key.subject, key);
          to.arrivals.set(key.subject, { at: this.now, hops });
          this.#step(to, { type: 'changed', key, from: from.id, wave });
        }
        break;
      case 'report':
        for (const key of message.keys) this.tell(to, key, true);
        break;
      case 'announce':
        this.#step(to, { type: 'announced', from: from.id, keys: message.keys });
        break;
      case 'graft':
        this.#step(to, { type: 'grafted', from: from.id, keys: message.keys });
        break;
      default:
        this.#step(to, { type: 'pruned', from: from.id });
    }
  }
}

export function isBetter(key: NewsKey, than: NewsKey | undefined): boolean {
  return than === undefined || supersedes(key, than);
}
