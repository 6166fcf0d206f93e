/**
 * A toy world for the membership cores: N of them, joined by edges and datagrams with latency, in
 * virtual time. It keeps the promises of src/membership/event.ts, and nothing more; the simulator
 * proper runs whole servers. What is sent on an edge through a cut arrives after it, sometime; what
 * is sent as a datagram is lost. What each server was told is checked as it happens: per subject,
 * joins and leaves alternate and incarnations do not fall.
 */

import assert from 'node:assert/strict';
import { SimRandom } from '../../sim/random.ts';
import { type Address, type ServerId, serverIdOf } from '../../src/id.ts';
import type { EdgeEnd, MembershipEffect, MembershipEvent } from '../../src/membership/event.ts';
import type { Member } from '../../src/membership/member.ts';
import { Membership } from '../../src/membership/membership.ts';
import type { Profile } from '../../src/membership/profile.ts';
import { MS, NEVER, SECOND } from '../../src/time.ts';
import { EventQueue } from './event-queue.ts';
import { Pipeline } from './pipeline.ts';

export interface Told {
  readonly at: number;
  readonly type: 'joined' | 'left';
  readonly member: Member;
}

export class Server {
  readonly membership: Membership;
  readonly id: ServerId;
  readonly address: Address;
  /** What its observers were told, in order. */
  readonly told: Told[] = [];
  /** subject => the last of it. */
  readonly lastTold = new Map<ServerId, Told>();
  /** The outcomes of its joins. */
  readonly seeds: MembershipEffect[] = [];
  state: 'up' | 'crashed' | 'silent' | 'departed' = 'up';
  /** Steps are held back until then: the process stands still. */
  stalledUntil = 0;
  armedAt = NEVER;
  /** peer => the session with it. */
  readonly sessions = new Map<Server, Session>();

  constructor(membership: Membership) {
    this.membership = membership;
    this.id = membership.self.id;
    this.address = membership.self.address;
  }

  get isUp(): boolean {
    return this.state === 'up';
  }
}

/** What stands between two servers. It is over for one that no longer has it among its own. */
interface Session {
  /** Receiver => the way there. */
  readonly towards: ReadonlyMap<Server, Pipeline>;
}

export interface NetOptions {
  readonly seed: string;
  readonly profile?: Profile;
  /** One-way, in ms. */
  readonly latencyMs?: readonly [number, number];
}

export class MembershipNet {
  now = 0;
  /** The share of datagrams that is lost. */
  lossOf: (from: Server, to: Server) => number = () => 0;
  /** The share of packets of edges that is lost: they are sent again, later. */
  edgeLossOf: (from: Server, to: Server) => number = () => 0;
  /** Drops what is sent on edges while it says so, as a session that breaks may do. */
  losesOnEdge: (from: Server, to: Server) => boolean = () => false;
  /** Nothing gets from one to the other while it says so. */
  isCut: (from: Server, to: Server) => boolean = () => false;
  /** Told of everything that is sent on an edge. */
  onSend: (from: Server, bytes: Uint8Array) => void = () => {};
  datagrams = 0;
  datagramBytes = 0;
  edgeMessages = 0;
  edgeBytes = 0;
  readonly servers: Server[] = [];
  readonly #byId = new Map<ServerId, Server>();
  readonly #byAddress = new Map<Address, Server>();
  readonly #random: SimRandom;
  readonly #queue = new EventQueue<() => void>();
  readonly #profile: Profile | undefined;
  readonly #latency: readonly [number, number];

  constructor({ seed, profile, latencyMs = [0.25, 1] }: NetOptions) {
    this.#random = new SimRandom(seed);
    this.#profile = profile;
    this.#latency = [latencyMs[0] * MS, latencyMs[1] * MS];
  }

  /** Starts a server, at the address of one that is gone if given; it joins by `seed` if given. */
  start(seed?: Server, address?: Address): Server {
    const number = this.servers.length;
    const random = this.#random.fork(`server ${number}`);
    const at = address ?? (`10.0.${number >> 8}.${number & 255}:11022` as Address);
    const self: Member = {
      id: serverIdOf(random.fork('id').bytes(8)),
      url: `circuit://${at}/1/Q0000000000000000`,
      address: at,
      incarnation: 0,
      joined: Math.floor(this.now / MS),
      left: false,
      final: false,
    };
    const profile = this.#profile === undefined ? {} : { profile: this.#profile };
    const server = new Server(new Membership({ self, random, now: this.now, ...profile }));
    this.servers.push(server);
    this.#byId.set(server.id, server);
    this.#byAddress.set(at, server);
    this.step(server, { type: 'tick' });
    if (seed !== undefined) this.step(server, { type: 'join', address: seed.address });
    return server;
  }

  /** Kills the process: its kernel resets every session, and refuses dials. */
  crash(server: Server): void {
    server.state = 'crashed';
    this.#endAll(server, 'reset');
  }

  /** Cuts the host off: nothing comes from it any more, and nothing says so. */
  silence(server: Server): void {
    server.state = 'silent';
  }

  /** The process stands still; what arrives meanwhile waits. */
  stall(server: Server, forMs: number): void {
    server.stalledUntil = this.now + forMs * MS;
  }

  /** A session ends under two servers that both live. */
  breakEdge(a: Server, b: Server): void {
    assert.ok(a.sessions.has(b), 'an edge to break');
    this.#end(a, b, 'reset');
    this.step(a, { type: 'edgeDown', peer: b.id, reason: 'reset' });
  }

  step(server: Server, event: MembershipEvent): void {
    if (!server.isUp) return;
    if (server.stalledUntil > this.now) {
      this.#queue.push(server.stalledUntil, () => this.step(server, event));
      return;
    }
    const out: MembershipEffect[] = [];
    server.membership.step(this.now, event, out);
    for (const effect of out) this.#perform(server, effect);
    this.#arm(server);
  }

  runMs(ms: number): void {
    this.runUntil(this.now + ms * MS);
  }

  runUntil(end: number): void {
    for (let due = this.#queue.nextAt; due <= end; due = this.#queue.nextAt) {
      this.now = Math.max(this.now, due);
      (this.#queue.pop() as () => void)();
    }
    this.now = end;
  }

  /** Runs until `holds`, looking every 10 ms; fails after `withinMs`. Returns how long it took. */
  until(holds: () => boolean, withinMs = 60 * 1_000): number {
    const start = this.now;
    while (!holds()) {
      assert.ok(this.now - start < withinMs * MS, `not within ${withinMs / 1_000} s`);
      this.runMs(10);
    }
    return (this.now - start) / MS;
  }

  get live(): Server[] {
    return this.servers.filter((server) => server.isUp);
  }

  /** Whether every live server sees exactly the live servers, at equal incarnations. */
  isAgreed(): boolean {
    const { live } = this;
    const first = live[0]?.membership;
    return (
      this.isOfOneMind(live) && first?.size === live.length && live.every(({ id }) => first.has(id))
    );
  }

  /** Whether these have the same view. */
  isOfOneMind(servers: readonly Server[]): boolean {
    const digest = servers[0]?.membership.digest;
    return servers.every(
      ({ membership }) =>
        membership.digest.high === digest?.high && membership.digest.low === digest.low,
    );
  }

  #perform(server: Server, effect: MembershipEffect): void {
    switch (effect.type) {
      case 'dial':
        this.#dial(server, effect.address, effect.peer);
        break;
      case 'hangUp':
        this.#end(server, this.#byId.get(effect.peer) as Server, 'ended');
        break;
      case 'send':
        this.#send(server, effect.peer, effect.bytes);
        break;
      case 'datagram':
        this.#datagram(server, effect.to, effect.bytes);
        break;
      case 'joined':
      case 'left':
        this.#tell(server, effect.type, effect.member);
        break;
      case 'departed':
        server.state = 'departed';
        this.#endAll(server, 'ended');
        break;
      default:
        server.seeds.push(effect);
    }
  }

  #dial(from: Server, address: Address, expected: ServerId | undefined): void {
    const fail = (reason: 'refused' | 'timeout' | 'mismatch', afterUs: number) =>
      this.#after(afterUs, () =>
        this.step(from, { type: 'dialFailed', address, peer: expected, reason }),
      );
    this.#after(this.#delay(), () => {
      const to = this.#byAddress.get(address);
      if (!from.isUp) return;
      if (to === undefined || !this.#reaches(from, to) || !this.#reaches(to, from))
        return fail('timeout', 3 * SECOND);
      if (!to.isUp) return fail('refused', this.#delay());
      if (expected !== undefined && to.id !== expected) return fail('mismatch', this.#delay());
      if (!from.sessions.has(to)) {
        const session = this.#session(from, to);
        from.sessions.set(to, session);
        to.sessions.set(from, session);
        this.step(to, { type: 'edgeUp', peer: from.id, address: from.address });
      }
      this.#deliver(to, from, { type: 'edgeUp', peer: to.id, address });
    });
  }

  #session(a: Server, b: Server): Session {
    const way = (from: Server, to: Server) =>
      new Pipeline({
        latency: this.#latency[1],
        passes: () => this.#reaches(from, to) && !this.#isLost(this.edgeLossOf(from, to)),
        after: (us, run) => this.#after(us, run),
      });
    return {
      towards: new Map([
        [a, way(b, a)],
        [b, way(a, b)],
      ]),
    };
  }

  #send(from: Server, peerId: ServerId, bytes: Uint8Array): void {
    const peer = this.#byId.get(peerId) as Server;
    if (!from.sessions.has(peer)) return;
    this.edgeMessages++;
    this.edgeBytes += bytes.length;
    this.onSend(from, bytes);
    if (this.losesOnEdge(from, peer)) return;
    this.#deliver(from, peer, { type: 'edgeMessage', peer: from.id, bytes });
  }

  #deliver(from: Server, to: Server, event: MembershipEvent): void {
    const session = from.sessions.get(to);
    session?.towards.get(to)?.push(() => {
      if (to.sessions.get(from) === session) this.step(to, event);
    });
  }

  #datagram(from: Server, to: Address, bytes: Uint8Array): void {
    this.datagrams++;
    this.datagramBytes += bytes.length;
    this.#after(this.#delay(), () => {
      const target = this.#byAddress.get(to);
      if (target === undefined || !this.#reaches(from, target)) return;
      if (this.#isLost(this.lossOf(from, target))) return;
      this.step(target, { type: 'datagram', from: from.address, bytes });
    });
  }

  #reaches(from: Server, to: Server): boolean {
    return from.state !== 'silent' && to.state !== 'silent' && !this.isCut(from, to);
  }

  #isLost(ratio: number): boolean {
    return ratio > 0 && this.#random.float() < ratio;
  }

  /** The session is over for `by` now, and for `peer` when that hears of it. */
  #end(by: Server, peer: Server, reason: EdgeEnd): void {
    const session = by.sessions.get(peer);
    by.sessions.delete(peer);
    session?.towards.get(peer)?.push(() => {
      if (peer.sessions.get(by) !== session) return;
      peer.sessions.delete(by);
      this.step(peer, { type: 'edgeDown', peer: by.id, reason });
    });
  }

  #endAll(by: Server, reason: EdgeEnd): void {
    for (const peer of [...by.sessions.keys()]) this.#end(by, peer, reason);
  }

  #tell(server: Server, type: 'joined' | 'left', member: Member): void {
    const last = server.lastTold.get(member.id);
    const wasPresent = last?.type === 'joined';
    assert.equal(wasPresent, type === 'left', `${type} ${member.id} twice in a row`);
    assert.ok((last?.member.incarnation ?? 0) <= member.incarnation, 'incarnations do not fall');
    const told = { at: this.now, type, member };
    server.told.push(told);
    server.lastTold.set(member.id, told);
  }

  #arm(server: Server): void {
    const due = server.membership.deadline();
    if (due >= server.armedAt || due === NEVER) return;
    server.armedAt = due;
    this.#queue.push(due, () => {
      if (server.armedAt !== due) return;
      server.armedAt = NEVER;
      if (server.membership.deadline() <= this.now) this.step(server, { type: 'tick' });
      else this.#arm(server);
    });
  }

  #after(us: number, run: () => void): void {
    this.#queue.push(this.now + Math.round(us), run);
  }

  #delay(): number {
    const [least, most] = this.#latency;
    return least + this.#random.float() * (most - least);
  }
}
