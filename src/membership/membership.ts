/**
 * Who is present: one table of records, beliefs about what changes it, the neighbourhood that finds
 * out who of our neighbours has gone, and the voice that tells the others of every change.
 *
 * See README.md here for the whole protocol, what it promises, and why that holds.
 *
 * Sans-IO: `step` takes what happened and appends what to do, in order; see event.ts for what the
 * shell promises. Nothing here takes time in proportion to the number of members, but comparing
 * views, sending one to a joining server, and finding a new neighbour in place of one that has gone.
 */

import { unreachable } from '../assert.ts';
import type { Digest } from '../gossip/digest.ts';
import type { Random } from '../host/random.ts';
import type { Address, ServerId } from '../id.ts';
import { degrees } from '../overlay/degrees.ts';
import { MS, NEVER } from '../time.ts';
import { Beliefs } from './beliefs.ts';
import { type Counters, newCounters } from './counters.ts';
import type { MembershipEffect, MembershipEvent } from './event.ts';
import { Hearing } from './hearing.ts';
import { keyOf, type Member } from './member.ts';
import { decodeEdge } from './message.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { lan, type Profile } from './profile.ts';
import { Reach } from './reach.ts';
import { Seeds } from './seeds.ts';
import { Table } from './table.ts';
import { Voice } from './voice.ts';

export interface MembershipOptions {
  /** The record of this server, at incarnation 0. */
  readonly self: Member;
  readonly random: Random;
  readonly now: number;
  readonly profile?: Profile;
}

type Out = MembershipEffect[];

export class Membership {
  readonly #id: ServerId;
  readonly #profile: Profile;
  readonly #counters = newCounters();
  readonly #table: Table;
  readonly #neighbourhood: Neighbourhood;
  readonly #voice: Voice;
  readonly #beliefs: Beliefs;
  readonly #seeds: Seeds;
  readonly #reach: Reach;
  readonly #hearing: Hearing;
  #phase: 'new' | 'present' | 'leaving' | 'departed' = 'new';
  /** When a new one begins, and a leaving one ends. */
  #phaseEndsAt: number;
  /**
   * When anything but the neighbourhood is due; undefined when it must be found anew. Nearly all
   * that happens in a circuit at rest is probes, which leave it as it is, and touch nothing else.
   */
  #othersDue: number | undefined;

  constructor({ self, random, now, profile = lan }: MembershipOptions) {
    this.#id = self.id;
    this.#profile = profile;
    const counters = this.#counters;
    const table = new Table(now, self, profile.table);
    const circle = () => table.view;
    const neighbourhood = new Neighbourhood({ self: self.id, random, now, profile, circle });
    const voice = new Voice({ table, neighbourhood, counters, random, profile });
    const beliefs = new Beliefs({ table, neighbourhood, voice, counters, random, profile });
    const reach = new Reach({ table, neighbourhood, voice, beliefs, counters });
    const seeds = new Seeds(profile.seeds);
    this.#table = table;
    this.#neighbourhood = neighbourhood;
    this.#voice = voice;
    this.#beliefs = beliefs;
    this.#seeds = seeds;
    this.#reach = reach;
    this.#hearing = new Hearing({ table, neighbourhood, voice, beliefs, seeds, reach, counters });
    this.#phaseEndsAt = now;
  }

  /** Our own record, as others are to see it. */
  get self(): Member {
    return this.#table.self;
  }

  /** The live members, this server among them until it leaves. */
  members(): Iterable<Member> {
    return this.#table.members();
  }

  /** How many `members()` gives. */
  get size(): number {
    return this.#table.size;
  }

  /** How many departed servers are remembered. */
  get departedCount(): number {
    return this.#table.departedCount;
  }

  has(id: ServerId): boolean {
    return this.#table.present(id) !== undefined;
  }

  /** `departed` for as long as its departure is remembered. */
  lookup(id: ServerId): Member | 'departed' | undefined {
    const record = this.#table.record(id);
    return record?.left === true ? 'departed' : record;
  }

  /** The servers we want an edge with, sorted. */
  neighbours(): readonly ServerId[] {
    return [...this.#neighbourhood.neighbours];
  }

  /** The neighbours of any member, as our view has it. */
  neighboursOf(id: ServerId): readonly ServerId[] {
    return this.#neighbourhood.neighboursOf(id);
  }

  /** Server => how many neighbours it has, for all at once: sooner than one after another. */
  degrees(): Map<ServerId, number> {
    const ids = [...this.#table.members()].map(({ id }) => id);
    return degrees(ids, this.#profile.overlay.rings);
  }

  /** Whether an edge with `peer` stands, wanted or not. */
  hasEdge(peer: ServerId): boolean {
    return this.#neighbourhood.isUp(peer);
  }

  /** Whether `peer` is a neighbour that has been silent for some time. */
  isSuspected(peer: ServerId): boolean {
    return this.#neighbourhood.isSuspected(peer);
  }

  /** The smoothed round trip to a neighbour, in us; undefined until it has answered a probe. */
  roundTrip(peer: ServerId): number | undefined {
    return this.#neighbourhood.roundTrip(peer);
  }

  /** Whether the others take us for gone, and we have not come back yet. */
  get isAway(): boolean {
    return this.#beliefs.isAway;
  }

  /** Equal at two servers when they see the same members. */
  get digest(): Digest {
    return this.#table.digest;
  }

  get counters(): Readonly<Counters> {
    return this.#counters;
  }

  /** When the next `tick` is due; NEVER when there is nothing to wait for. */
  deadline(): number {
    if (this.#phase === 'departed') return NEVER;
    this.#othersDue ??= this.#firstDue();
    if (this.#phase === 'leaving') return this.#othersDue;
    return Math.min(this.#othersDue, this.#neighbourhood.deadline());
  }

  /** Of all but the neighbourhood. */
  #firstDue(): number {
    const due = Math.min(this.#phaseEndsAt, this.#voice.deadline());
    if (this.#phase === 'leaving') return due;
    return Math.min(due, this.#beliefs.deadline(), this.#seeds.deadline());
  }

  /** Takes what happened, and appends to `out` what is to be done, in this order. */
  step(now: number, event: MembershipEvent, out: Out): void {
    this.#counters.events++;
    if (this.#phase === 'departed') return;
    if (this.#phase === 'new') {
      this.#phase = 'present';
      this.#phaseEndsAt = NEVER;
      out.push({ type: 'joined', member: this.self });
    }
    switch (event.type) {
      case 'tick':
        if (!this.#tick(now, out)) return;
        break;
      case 'join':
        this.#join(now, event.address, out);
        break;
      case 'edgeUp':
        this.#edgeUp(now, event.peer, event.address, out);
        break;
      case 'edgeDown':
        this.#seeds.edgeDown(event.peer, event.reason, out);
        this.#voice.edgeDown(now, event.peer, false, out);
        this.#reach.ask(now, out, (around, effects) => around.edgeDown(now, event.peer, effects));
        break;
      case 'dialFailed': {
        const { address, peer, reason } = event;
        if (peer === undefined) this.#seeds.fail(address, reason, out);
        else this.#reach.ask(now, out, (n, e) => n.dialFailed(now, peer, reason, e));
        break;
      }
      case 'edgeMessage':
        this.#edgeMessage(now, event.peer, event.bytes, out);
        break;
      case 'datagram':
        if (this.#phase !== 'present') break;
        if (!this.#hearing.datagram(now, event.from, event.bytes, out)) return;
        break;
      case 'find':
        this.#hearing.find(event.subject, out);
        break;
      case 'leave':
        this.#leave(now, out);
        break;
      default:
        unreachable(event);
    }
    this.#othersDue = undefined;
    if (this.#neighbourhood.mustRewire && !this.#hearing.isAdopting) this.#rewire(now, out);
    // News that may go at once need not wait for a timer.
    if (this.#voice.deadline() <= now) this.#voice.tick(now, out);
  }

  /** False: nothing but the neighbourhood was concerned. */
  #tick(now: number, out: Out): boolean {
    const isQuiet = this.#othersDue !== undefined && this.#othersDue > now;
    if (!isQuiet) this.#voice.tick(now, out);
    if (this.#phaseEndsAt <= now) this.#depart(out);
    const isChanged = this.#reach.tick(now, out);
    if (isQuiet && !isChanged) return false;
    if (this.#phase === 'present') this.#beliefs.tick(now, out);
    if (this.#seeds.deadline() <= now) this.#seeds.tick(now, out);
    return true;
  }

  #join(now: number, address: Address, out: Out): void {
    if (this.#phase === 'leaving') out.push({ type: 'seedFailed', address, reason: 'left' });
    else if (address !== this.self.address) this.#seeds.join(now, address, out);
    else out.push({ type: 'seedFailed', address, reason: 'self' });
  }

  #edgeUp(now: number, peer: ServerId, address: Address | undefined, out: Out): void {
    if (peer === this.#id) {
      if (address !== undefined) this.#seeds.fail(address, 'self', out);
      return;
    }
    const isNew = !this.#neighbourhood.isUp(peer);
    this.#reach.ask(now, out, (around, effects) => around.edgeUp(now, peer, effects));
    if (isNew) {
      this.#voice.send(peer, { type: 'hello', member: this.self, digest: this.digest }, out);
      this.#voice.edgeUp(now, peer, this.#neighbourhood.neighbours.has(peer), out);
    }
    if (address !== undefined && this.#seeds.edgeUp(peer, address)) {
      this.#voice.send(peer, { type: 'join' }, out);
    }
  }

  /** Takes up new neighbours and lets go of old ones; news is pushed to neighbours. */
  #rewire(now: number, out: Out): void {
    const before = this.#neighbourhood.neighbours;
    this.#reach.ask(now, out, (around, effects) => around.rewire(now, effects));
    const after = this.#neighbourhood.neighbours;
    for (const peer of after) {
      if (!before.has(peer) && this.hasEdge(peer)) this.#voice.edgeUp(now, peer, true, out);
    }
    for (const peer of before) {
      if (!after.has(peer) && this.hasEdge(peer)) this.#voice.edgeUp(now, peer, false, out);
    }
  }

  #edgeMessage(now: number, peer: ServerId, bytes: Uint8Array, out: Out): void {
    const message = decodeEdge(bytes);
    const isFalse = message?.type === 'hello' && message.member.id !== peer;
    if (message === undefined || isFalse || peer === this.#id) {
      this.#counters.malformed++;
      return;
    }
    // We hung up, but the peer still uses the edge: then it is one.
    if (!this.#neighbourhood.isUp(peer)) this.#edgeUp(now, peer, undefined, out);
    this.#hearing.edge(now, peer, message, out);
  }

  #leave(now: number, out: Out): void {
    if (this.#phase === 'leaving') return;
    this.#phase = 'leaving';
    this.#reach.close();
    this.#seeds.failAll('left', out);
    this.#table.leave(now);
    this.#voice.spread(now, { type: 'changed', key: keyOf(this.self), from: undefined }, out);
    this.#voice.spread(now, { type: 'flush', to: 'all' }, out);
    this.#phaseEndsAt = now + this.#profile.drainMs * MS;
  }

  #depart(out: Out): void {
    this.#phase = 'departed';
    out.push({ type: 'departed' });
  }
}
