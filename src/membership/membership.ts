/**
 * Who is present: one table of records, the neighbourhood that finds out who of our neighbours has
 * gone, and the voice that tells the others of every change.
 *
 * A server joins by exchanging views with any member. Neighbours watch each other; one that finds
 * another gone says so by a record of its departure, which spreads like every other change. The
 * subject hears of it if it lives, and refutes it with a higher incarnation. One that leaves tells
 * of its departure itself, and nobody brings it back.
 *
 * Sans-IO: `step` takes what happened and appends what to do, in order; see event.ts for what the
 * shell promises. Nothing here takes time in proportion to the number of members, but sending and
 * merging a view, and finding a new neighbour in place of one that has gone.
 */

import { unreachable } from '../assert.ts';
import type { Digest } from '../gossip/digest.ts';
import type { Random } from '../host/random.ts';
import type { Address, ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import { type Counters, newCounters } from './counters.ts';
import type { MembershipEffect, MembershipEvent } from './event.ts';
import type { Member } from './member.ts';
import { decodeDatagram, decodeEdge, type EdgeMessage, encodeDatagram } from './message.ts';
import { Neighbourhood, type NeighbourhoodEffect } from './neighbourhood.ts';
import { lan, type Profile } from './profile.ts';
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
  readonly #seeds: Seeds;
  #phase: 'new' | 'present' | 'leaving' | 'departed' = 'new';
  /** When a new one begins, and a leaving one ends. */
  #phaseEndsAt: number;

  constructor({ self, random, now, profile = lan }: MembershipOptions) {
    this.#id = self.id;
    this.#profile = profile;
    this.#table = new Table(now, self, profile.table);
    this.#neighbourhood = new Neighbourhood({ self: self.id, random, now, profile });
    this.#voice = new Voice({ table: this.#table, counters: this.#counters, profile });
    this.#seeds = new Seeds(profile.seeds);
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

  /** Whether an edge with `peer` stands, wanted or not. */
  hasEdge(peer: ServerId): boolean {
    return this.#neighbourhood.isUp(peer);
  }

  /** Whether `peer` is a neighbour that has been silent for some time. */
  isSuspected(peer: ServerId): boolean {
    return this.#neighbourhood.isSuspected(peer);
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
    const due = Math.min(this.#phaseEndsAt, this.#voice.deadline());
    if (this.#phase === 'leaving') return due;
    return Math.min(due, this.#neighbourhood.deadline(), this.#seeds.deadline());
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
        this.#tick(now, out);
        break;
      case 'join':
        this.#join(now, event.address, out);
        break;
      case 'edgeUp':
        this.#edgeUp(now, event.peer, event.address, out);
        break;
      case 'edgeDown':
        this.#seeds.edgeDown(event.peer, event.reason, out);
        this.#voice.tell(now, event, out);
        this.#around(now, out, (effects) => this.#neighbourhood.edgeDown(now, event.peer, effects));
        break;
      case 'dialFailed': {
        const { address, peer, reason } = event;
        if (peer === undefined) this.#seeds.fail(address, reason, out);
        else this.#around(now, out, (e) => this.#neighbourhood.dialFailed(now, peer, reason, e));
        break;
      }
      case 'edgeMessage':
        this.#edgeMessage(now, event.peer, event.bytes, out);
        break;
      case 'datagram':
        this.#datagram(now, event.from, event.bytes, out);
        break;
      case 'leave':
        this.#leave(now, out);
        break;
      default:
        unreachable(event);
    }
    if (!this.#neighbourhood.mustRewire) return;
    this.#around(now, out, (effects) => this.#neighbourhood.rewire(now, effects));
  }

  #tick(now: number, out: Out): void {
    if (this.#voice.deadline() <= now) this.#voice.tell(now, { type: 'tick' }, out);
    if (this.#phaseEndsAt <= now) this.#depart(out);
    this.#around(now, out, (effects) => this.#neighbourhood.tick(now, effects));
    if (this.#seeds.deadline() <= now) this.#seeds.tick(now, out);
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
    this.#around(now, out, (effects) => this.#neighbourhood.edgeUp(now, peer, effects));
    if (isNew) {
      this.#voice.tell(now, { type: 'edgeUp', peer }, out);
      this.#voice.send(peer, { type: 'hello', member: this.self, digest: this.digest }, out);
    }
    if (address !== undefined && this.#seeds.edgeUp(peer, address)) {
      this.#voice.sendView(now, peer, true, out);
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
    else this.#around(now, out, (effects) => this.#neighbourhood.heard(now, peer, effects));
    this.#hear(now, peer, message, out);
  }

  #hear(now: number, peer: ServerId, message: EdgeMessage, out: Out): void {
    switch (message.type) {
      case 'hello':
        this.#learn(now, peer, [message.member], out);
        this.#compare(now, peer, message.digest, false, out);
        break;
      case 'news':
        this.#counters.newsReceived++;
        this.#learn(now, peer, message.records, out);
        break;
      case 'view':
        this.#learn(now, peer, message.records, out);
        if (!message.last) break;
        this.#seeds.merged(peer, out);
        if (message.ask) this.#voice.tell(now, { type: 'asked', peer }, out);
        break;
      case 'ping':
        this.#voice.send(peer, { type: 'pong', digest: this.digest }, out);
        this.#compare(now, peer, message.digest, false, out);
        break;
      case 'pong':
        this.#compare(now, peer, message.digest, true, out);
        break;
      default:
        unreachable(message);
    }
  }

  #datagram(now: number, source: Address, bytes: Uint8Array, out: Out): void {
    const message = decodeDatagram(bytes);
    if (message === undefined || message.from === this.#id) {
      this.#counters.malformed++;
      return;
    }
    if (this.#phase === 'leaving') return;
    const { type, seq, from, digest } = message;
    if (type === 'probe') {
      const ack = encodeDatagram({ type: 'ack', seq, from: this.#id, digest: this.digest });
      out.push({ type: 'datagram', to: source, bytes: ack });
    } else {
      this.#counters.acks++;
      this.#around(now, out, (effects) => this.#neighbourhood.acked(now, from, seq, effects));
    }
    this.#compare(now, from, digest, false, out);
  }

  #compare(now: number, id: ServerId, digest: Digest, confirming: boolean, out: Out): void {
    this.#voice.compare(now, { id, digest, confirming }, out);
  }

  #leave(now: number, out: Out): void {
    if (this.#phase === 'leaving') return;
    this.#phase = 'leaving';
    this.#seeds.failAll('left', out);
    this.#table.leave(now);
    this.#voice.tell(now, { type: 'changed', subject: this.#id, from: undefined }, out);
    this.#voice.tell(now, { type: 'flush' }, out);
    if (this.#voice.degree === 0) this.#depart(out);
    else this.#phaseEndsAt = now + this.#profile.drainMs * MS;
  }

  #depart(out: Out): void {
    this.#phase = 'departed';
    out.push({ type: 'departed' });
  }

  /** Merges what `from` told us, or what we found out; tells observers, and the other servers. */
  #learn(now: number, from: ServerId | undefined, records: readonly Member[], out: Out): void {
    const outdated: ServerId[] = [];
    for (const record of records) {
      const subject = record.id;
      const outcome = this.#table.merge(now, record);
      this.#counters[outcome]++;
      switch (outcome) {
        case 'joined':
          this.#neighbourhood.add(subject);
          out.push({ type: 'joined', member: record });
          this.#voice.tell(now, { type: 'changed', subject, from }, out);
          this.#voice.tell(now, { type: 'repeated', subject, from: subject }, out);
          break;
        case 'left':
          this.#neighbourhood.remove(subject);
          out.push({ type: 'left', member: record });
          this.#voice.tell(now, { type: 'changed', subject, from }, out);
          break;
        case 'updated':
          this.#voice.tell(now, { type: 'changed', subject, from }, out);
          break;
        case 'refuted':
          this.#voice.tell(now, { type: 'changed', subject, from: undefined }, out);
          break;
        case 'same':
          if (from !== undefined) this.#voice.tell(now, { type: 'repeated', subject, from }, out);
          break;
        case 'stale':
          outdated.push(subject);
          break;
        case 'buried':
        case 'nonsense':
        case 'noRoom':
          break;
        default:
          unreachable(outcome);
      }
    }
    if (from !== undefined && outdated.length > 0) this.#voice.correct(from, outdated, out);
  }

  /** Asks the neighbourhood, and performs what it wants. One that leaves has none any more. */
  #around(now: number, out: Out, ask: (effects: NeighbourhoodEffect[]) => void): void {
    if (this.#phase !== 'present') return;
    const effects: NeighbourhoodEffect[] = [];
    ask(effects);
    for (const effect of effects) {
      const { peer } = effect;
      const member = this.#table.present(peer);
      switch (effect.type) {
        case 'dial':
          if (member !== undefined) out.push({ type: 'dial', address: member.address, peer });
          break;
        case 'hangUp':
          this.#voice.tell(now, { type: 'edgeDown', peer }, out);
          out.push({ type: 'hangUp', peer });
          break;
        case 'probe':
          if (member !== undefined) this.#probe(member, effect.seq, effect.urgent, out);
          break;
        case 'gone':
          this.#counters[effect.proof]++;
          if (member !== undefined) this.#learn(now, undefined, [{ ...member, left: true }], out);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  #probe(member: Member, seq: number, urgent: boolean, out: Out): void {
    this.#counters.probes++;
    const { digest } = this;
    const bytes = encodeDatagram({ type: 'probe', seq, from: this.#id, digest });
    out.push({ type: 'datagram', to: member.address, bytes });
    if (!urgent || !this.#neighbourhood.isUp(member.id)) return;
    this.#voice.send(member.id, { type: 'ping', digest }, out);
  }
}
