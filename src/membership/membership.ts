/**
 * Who is present: composes the overlay (whom we have edges with), the detector (which of these
 * have gone) and the gossip (telling the rest) around one table of records.
 *
 * A server joins by exchanging views with any member. Neighbours watch each other; one that finds
 * another gone says so by a record of its departure, which spreads like every other change. The
 * subject hears of it if it lives, and refutes it with a higher incarnation. One that leaves tells
 * of its departure itself, and nobody brings it back.
 *
 * Sans-IO: `step` takes what happened and appends what to do, in order; see event.ts for what the
 * shell promises. Nothing here costs time in proportion to the number of members, but sending and
 * merging a view, and finding a new neighbour for one that has gone.
 */

import { unreachable } from '../assert.ts';
import { Detector, type DetectorEvent } from '../detector/detector.ts';
import type { Digest } from '../gossip/digest.ts';
import { Gossip, type GossipEvent } from '../gossip/gossip.ts';
import type { Random } from '../host/random.ts';
import type { Address, ServerId } from '../id.ts';
import { Overlay, type OverlayEvent } from '../overlay/overlay.ts';
import { Rings } from '../overlay/rings.ts';
import { MS, NEVER } from '../time.ts';
import { type Counters, newCounters } from './counters.ts';
import type { DialFailure, EdgeEnd, MembershipEffect, MembershipEvent } from './event.ts';
import { incarnationMax, type Member, supersedes } from './member.ts';
import {
  decodeDatagram,
  decodeEdge,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
  encodeNews,
  encodeView,
} from './message.ts';
import { lan, type Profile } from './profile.ts';
import { Seeds } from './seeds.ts';
import { Table } from './table.ts';

export interface MembershipOptions {
  /** The record of this server, at incarnation 0. */
  readonly self: Member;
  readonly random: Random;
  readonly now: number;
  readonly profile?: Profile;
}

type Out = MembershipEffect[];

export class Membership {
  readonly #profile: Profile;
  readonly #table: Table;
  readonly #rings: Rings;
  readonly #overlay: Overlay;
  readonly #detector: Detector;
  readonly #gossip: Gossip;
  readonly #seeds: Seeds;
  readonly #counters = newCounters();
  #self: Member;
  #phase: 'new' | 'present' | 'leaving' | 'departed' = 'new';
  #departAt = NEVER;
  readonly #startedAt: number;
  /** The neighbours that overlay and detector know of. */
  #neighbours: ReadonlySet<ServerId> = new Set();

  constructor(options: MembershipOptions) {
    const { self, random, now } = options;
    this.#profile = options.profile ?? lan;
    this.#self = self;
    this.#startedAt = now;
    this.#table = new Table(this.#profile.table);
    this.#rings = new Rings(self.id, this.#profile.overlay.rings);
    this.#overlay = new Overlay(self.id, random.fork('overlay'), this.#profile.overlay);
    this.#detector = new Detector(now, random.fork('detector'), this.#profile.detector);
    this.#gossip = new Gossip(this.#profile.gossip);
    this.#seeds = new Seeds(this.#profile.seeds);
    this.#table.merge(now, self);
  }

  /** Our own record, as others are to see it. */
  get self(): Member {
    return this.#self;
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
    return [...this.#neighbours];
  }

  /** Whether an edge with `peer` stands, wanted or not. */
  hasEdge(peer: ServerId): boolean {
    return this.#overlay.isUp(peer);
  }

  get digest(): Digest {
    return this.#table.digest;
  }

  get counters(): Readonly<Counters> {
    return this.#counters;
  }

  /** When the next `tick` is due; NEVER when there is nothing to wait for. */
  deadline(): number {
    switch (this.#phase) {
      case 'new':
        return this.#startedAt;
      case 'present':
        return Math.min(
          this.#overlay.deadline(),
          this.#detector.deadline(),
          this.#gossip.deadline(),
          this.#seeds.deadline(),
        );
      case 'leaving':
        return Math.min(this.#departAt, this.#gossip.deadline());
      case 'departed':
        return NEVER;
      default:
        return unreachable(this.#phase);
    }
  }

  /** Takes what happened, and appends to `out` what is to be done, in this order. */
  step(now: number, event: MembershipEvent, out: Out): void {
    this.#counters.events++;
    if (this.#phase === 'departed') return;
    if (this.#phase === 'new') {
      this.#phase = 'present';
      out.push({ type: 'joined', member: this.#self });
    }
    this.#dispatch(now, event, out);
    this.#rewire(now, out);
  }

  #dispatch(now: number, event: MembershipEvent, out: Out): void {
    switch (event.type) {
      case 'tick':
        return this.#tick(now, out);
      case 'join':
        return this.#join(now, event.address, out);
      case 'edgeUp':
        return this.#edgeUp(now, event.peer, event.address, out);
      case 'edgeDown':
        return this.#edgeDown(now, event.peer, event.reason, out);
      case 'dialFailed':
        if (event.peer === undefined) return this.#seeds.fail(event.address, event.reason, out);
        return this.#dialFailed(now, event.peer, event.reason, out);
      case 'edgeMessage':
        return this.#edgeMessage(now, event.peer, event.bytes, out);
      case 'datagram':
        return this.#datagram(now, event.from, event.bytes, out);
      case 'leave':
        return this.#leave(now, out);
      default:
        return unreachable(event);
    }
  }

  #tick(now: number, out: Out): void {
    if (this.#gossip.deadline() <= now) this.#tell(now, { type: 'tick' }, out);
    if (this.#phase === 'leaving') {
      if (this.#departAt <= now) this.#depart(out);
      return;
    }
    if (this.#detector.deadline() <= now) this.#detect(now, { type: 'tick' }, out);
    if (this.#overlay.deadline() <= now) this.#connect(now, { type: 'tick' }, out);
    if (this.#seeds.deadline() <= now) this.#seeds.tick(now, out);
  }

  #join(now: number, address: Address, out: Out): void {
    if (this.#phase === 'leaving') out.push({ type: 'seedFailed', address, reason: 'left' });
    else if (address !== this.#self.address) this.#seeds.join(now, address, out);
    else out.push({ type: 'seedFailed', address, reason: 'self' });
  }

  #edgeUp(now: number, peer: ServerId, address: Address | undefined, out: Out): void {
    if (peer === this.#self.id) {
      if (address !== undefined) this.#seeds.fail(address, 'self', out);
      return;
    }
    const isNew = !this.#overlay.isUp(peer);
    this.#connect(now, { type: 'edgeUp', peer }, out);
    this.#detect(now, { type: 'heard', peer }, out);
    if (isNew) {
      this.#tell(now, { type: 'edgeUp', peer }, out);
      this.#send(peer, { type: 'hello', member: this.#self, digest: this.digest }, out);
    }
    if (address !== undefined && this.#seeds.edgeUp(peer, address)) {
      this.#sendView(now, peer, true, out);
    }
  }

  #edgeDown(now: number, peer: ServerId, reason: EdgeEnd, out: Out): void {
    this.#seeds.edgeDown(peer, reason, out);
    this.#tell(now, { type: 'edgeDown', peer }, out);
    this.#connect(now, { type: 'edgeDown', peer }, out);
    this.#detect(now, { type: 'doubted', peer }, out);
  }

  #dialFailed(now: number, peer: ServerId, reason: DialFailure, out: Out): void {
    this.#connect(now, { type: 'dialFailed', peer }, out);
    // An edge that stands meanwhile proves more than a dial that failed.
    if (this.#overlay.isUp(peer)) return;
    const isProof = reason === 'refused' || reason === 'mismatch';
    this.#detect(now, { type: isProof ? 'refused' : 'doubted', peer }, out);
  }

  #edgeMessage(now: number, peer: ServerId, bytes: Uint8Array, out: Out): void {
    const message = decodeEdge(bytes);
    if (message === undefined || peer === this.#self.id) {
      this.#counters.malformed++;
      return;
    }
    // We hung up, or the edge came to stand unseen: the peer uses it, so it is one.
    if (!this.#overlay.isUp(peer)) this.#edgeUp(now, peer, undefined, out);
    else this.#detect(now, { type: 'heard', peer }, out);
    switch (message.type) {
      case 'hello':
        if (message.member.id !== peer) {
          this.#counters.malformed++;
          return;
        }
        this.#learn(now, peer, [message.member], out);
        return this.#compare(now, peer, message.digest, false, out);
      case 'news':
        this.#counters.newsReceived++;
        return this.#learn(now, peer, message.records, out);
      case 'view':
        this.#learn(now, peer, message.records, out);
        if (!message.last) return;
        this.#seeds.merged(peer, out);
        if (message.ask) this.#tell(now, { type: 'asked', peer }, out);
        return;
      case 'ping':
        this.#send(peer, { type: 'pong', digest: this.digest }, out);
        return this.#compare(now, peer, message.digest, false, out);
      case 'pong':
        return this.#compare(now, peer, message.digest, true, out);
      default:
        return unreachable(message);
    }
  }

  #datagram(now: number, from: Address, bytes: Uint8Array, out: Out): void {
    const message = decodeDatagram(bytes);
    if (message === undefined || message.from === this.#self.id) {
      this.#counters.malformed++;
      return;
    }
    if (this.#phase === 'leaving') return;
    const { seq } = message;
    if (message.type === 'probe') {
      const ack = encodeDatagram({ type: 'ack', seq, from: this.#self.id, digest: this.digest });
      out.push({ type: 'datagram', to: from, bytes: ack });
    } else {
      this.#counters.acks++;
      this.#detect(now, { type: 'acked', peer: message.from, seq }, out);
    }
    this.#compare(now, message.from, message.digest, false, out);
  }

  #leave(now: number, out: Out): void {
    if (this.#phase === 'leaving') return;
    this.#phase = 'leaving';
    this.#seeds.failAll('left', out);
    this.#self = { ...this.#self, left: true };
    this.#table.merge(now, this.#self);
    this.#tell(now, { type: 'changed', subject: this.#self.id, from: undefined }, out);
    this.#tell(now, { type: 'flush' }, out);
    if (this.#gossip.degree === 0) this.#depart(out);
    else this.#departAt = now + this.#profile.drainMs * MS;
  }

  #depart(out: Out): void {
    this.#phase = 'departed';
    out.push({ type: 'departed' });
  }

  /** Merges what `from` told us, or what we found out; tells observers, and the others. */
  #learn(now: number, from: ServerId | undefined, records: readonly Member[], out: Out): void {
    this.#counters.records += records.length;
    const corrections: Member[] = [];
    for (const record of records) {
      const subject = record.id;
      if (subject === this.#self.id) {
        this.#learnOfSelf(now, record, corrections, out);
        continue;
      }
      const outcome = this.#table.merge(now, record);
      switch (outcome) {
        case 'joined':
          this.#rings.add(subject);
          out.push({ type: 'joined', member: record });
          this.#tell(now, { type: 'changed', subject, from }, out);
          this.#tell(now, { type: 'repeated', subject, from: subject }, out);
          break;
        case 'left':
          this.#rings.remove(subject);
          out.push({ type: 'left', member: record });
          this.#tell(now, { type: 'changed', subject, from }, out);
          break;
        case 'updated':
          this.#tell(now, { type: 'changed', subject, from }, out);
          break;
        case 'same':
          this.#counters.repeated++;
          if (from !== undefined) this.#tell(now, { type: 'repeated', subject, from }, out);
          break;
        case 'stale':
          corrections.push(this.#table.record(subject) as Member);
          break;
        case 'buried':
          break;
        case 'refused':
          this.#counters.noRoom++;
          break;
        default:
          unreachable(outcome);
      }
    }
    if (from === undefined || corrections.length === 0) return;
    this.#counters.stale += corrections.length;
    this.#sendNews(from, encodeNews(corrections), out);
  }

  /** What others say of us never becomes our record: we know better. */
  #learnOfSelf(now: number, record: Member, corrections: Member[], out: Out): void {
    if (!supersedes(record, this.#self)) {
      if (supersedes(this.#self, record)) corrections.push(this.#self);
      return;
    }
    if (this.#phase === 'leaving') return;
    if (record.incarnation >= incarnationMax) {
      this.#counters.malformed++;
      return;
    }
    this.#counters.refuted++;
    this.#self = { ...this.#self, incarnation: record.incarnation + 1 };
    this.#table.merge(now, this.#self);
    this.#tell(now, { type: 'changed', subject: this.#self.id, from: undefined }, out);
  }

  /** Tells overlay and detector which neighbours the rings have given and taken. */
  #rewire(now: number, out: Out): void {
    const before = this.#neighbours;
    const after = this.#rings.neighbours;
    if (before === after || this.#phase !== 'present') return;
    this.#neighbours = after;
    for (const peer of before) {
      if (after.has(peer)) continue;
      this.#detect(now, { type: 'unwatch', peer }, out);
      this.#connect(now, { type: 'unwanted', peer }, out);
    }
    for (const peer of after) {
      if (before.has(peer)) continue;
      this.#detect(now, { type: 'watch', peer }, out);
      this.#connect(now, { type: 'wanted', peer }, out);
    }
  }

  #compare(now: number, peer: ServerId, theirs: Digest, confirming: boolean, out: Out): void {
    this.#tell(now, { type: 'digest', peer, theirs, ours: this.digest, confirming }, out);
  }

  #connect(now: number, event: OverlayEvent, out: Out): void {
    if (this.#phase === 'leaving') return;
    const effects: Parameters<Overlay['step']>[2] = [];
    this.#overlay.step(now, event, effects);
    for (const effect of effects) {
      const { peer } = effect;
      if (effect.type === 'hangUp') {
        this.#tell(now, { type: 'edgeDown', peer }, out);
        out.push({ type: 'hangUp', peer });
      } else {
        const { address } = this.#table.present(peer) as Member;
        out.push({ type: 'dial', address, peer });
      }
    }
  }

  #detect(now: number, event: DetectorEvent, out: Out): void {
    if (this.#phase === 'leaving') return;
    const effects: Parameters<Detector['step']>[2] = [];
    this.#detector.step(now, event, effects);
    for (const effect of effects) {
      const member = this.#table.present(effect.peer) as Member;
      if (effect.type === 'gone') {
        this.#counters[effect.proof]++;
        this.#learn(now, undefined, [{ ...member, left: true }], out);
      } else {
        this.#probe(member, effect.seq, effect.urgent, out);
      }
    }
  }

  #probe(member: Member, seq: number, urgent: boolean, out: Out): void {
    this.#counters.probes++;
    const bytes = encodeDatagram({ type: 'probe', seq, from: this.#self.id, digest: this.digest });
    out.push({ type: 'datagram', to: member.address, bytes });
    if (!urgent || !this.#overlay.isUp(member.id)) return;
    this.#send(member.id, { type: 'ping', digest: this.digest }, out);
  }

  #tell(now: number, event: GossipEvent, out: Out): void {
    const effects: Parameters<Gossip['step']>[2] = [];
    this.#gossip.step(now, event, effects);
    let encoded: Uint8Array[] = [];
    let encodedOf: readonly ServerId[] = [];
    for (const effect of effects) {
      switch (effect.type) {
        case 'news':
          if (encodedOf !== effect.subjects) {
            encodedOf = effect.subjects;
            encoded = encodeNews(encodedOf.flatMap((id) => this.#table.record(id) ?? []));
          }
          this.#sendNews(effect.peer, encoded, out);
          break;
        case 'compare':
          this.#send(effect.peer, { type: 'ping', digest: this.digest }, out);
          break;
        case 'exchange':
          this.#sendView(now, effect.peer, true, out);
          break;
        case 'answer':
          this.#sendView(now, effect.peer, false, out);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  #sendNews(peer: ServerId, messages: readonly Uint8Array[], out: Out): void {
    this.#counters.newsSent += messages.length;
    for (const bytes of messages) out.push({ type: 'send', peer, bytes });
  }

  #sendView(now: number, peer: ServerId, ask: boolean, out: Out): void {
    this.#counters.viewsSent++;
    for (const bytes of encodeView([...this.#table.shared(now)], ask)) {
      out.push({ type: 'send', peer, bytes });
    }
  }

  #send(peer: ServerId, message: EdgeMessage, out: Out): void {
    out.push({ type: 'send', peer, bytes: encodeEdge(message) });
  }
}
