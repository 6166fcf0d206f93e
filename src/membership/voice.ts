/**
 * What we say to others: turns what the gossip cores decide into messages, made of the records that
 * the table holds at that moment.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import { bucketOf, differing } from '../gossip/buckets.ts';
import type { Digest } from '../gossip/digest.ts';
import type { NewsKey, SpreadEffect, SpreadEvent } from '../gossip/event.ts';
import { supersedes } from '../gossip/news.ts';
import { Reconcile, type ReconcileEffect, type ReconcileEvent } from '../gossip/reconcile.ts';
import { Spread } from '../gossip/spread.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { MS } from '../time.ts';
import type { Counters } from './counters.ts';
import type { MembershipEffect } from './event.ts';
import type { Member } from './member.ts';
import {
  type Datagram,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
  encodeKeys,
  encodeNews,
  encodeRecords,
  encodeView,
  recordsPerMessageMax,
} from './message.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Profile } from './profile.ts';
import { Reports } from './reports.ts';
import type { Table } from './table.ts';

export interface VoiceOptions {
  readonly table: Table;
  readonly neighbourhood: Neighbourhood;
  readonly counters: Counters;
  readonly random: Random;
  readonly profile: Profile;
}

/** The number of the ping that asks for a digest, and not for a sign of life. */
export const comparing = 0;

type Out = Effects<MembershipEffect>;

export class Voice {
  readonly #table: Table;
  readonly #counters: Counters;
  readonly #spread: Spread;
  readonly #reconcile: Reconcile;
  readonly #reports: Reports;
  /** Peers whose summary we shall answer => that summary. */
  readonly #summaries = new Map<ServerId, readonly Digest[]>();
  /** Peers that joined through us, while the edge stands: the first who tell them news are we. */
  readonly #joiners = new Set<ServerId>();

  constructor({ table, neighbourhood, counters, random, profile }: VoiceOptions) {
    this.#table = table;
    this.#counters = counters;
    this.#spread = new Spread({
      profile: profile.spread,
      self: table.self.id,
      isUnknown: (key) => this.#isUnknown(key),
      turns: neighbourhood.turns,
      gatherer: () => table.first?.id,
    });
    this.#reconcile = new Reconcile(profile.reconcile);
    this.#reports = new Reports(random.fork('reports'), profile.spread.gatherPatienceMs * MS);
  }

  deadline(): number {
    return Math.min(this.#spread.deadline(), this.#reconcile.deadline());
  }

  /** Whether all peers are known to see what we see, as far as they have told us. */
  get isSettled(): boolean {
    return !this.#reconcile.isDoubting;
  }

  tick(now: number, out: Out): void {
    if (this.#spread.deadline() <= now) this.spread(now, { type: 'tick' }, out);
    if (this.#reconcile.deadline() <= now) this.reconcile(now, { type: 'tick' }, out);
  }

  /** To neighbours news goes at once. Repeated when it becomes one, or is no longer. */
  edgeUp(now: number, peer: ServerId, isNeighbour: boolean, out: Out): void {
    const eager = isNeighbour || this.#joiners.has(peer);
    this.spread(now, { type: 'edgeUp', peer, eager }, out);
    this.reconcile(now, { type: 'edgeUp', peer }, out);
  }

  /** `byUs`: we hung up. */
  edgeDown(now: number, peer: ServerId, byUs: boolean, out: Out): void {
    this.#summaries.delete(peer);
    this.#joiners.delete(peer);
    this.spread(now, { type: 'edgeDown', peer, byUs }, out);
    this.reconcile(now, { type: 'edgeDown', peer }, out);
  }

  spread(now: number, event: SpreadEvent, out: Out): void {
    const effects: SpreadEffect[] = [];
    this.#spread.step(now, event, effects);
    if (effects.length === 0) return;
    const told = new Told();
    for (const effect of effects) {
      switch (effect.type) {
        case 'news': {
          const messages = told.of(effect.subjects, (ids) => this.#news(ids));
          this.#counters.newsSent += messages.length;
          send(effect.peer, messages, out);
          break;
        }
        case 'announce':
          this.#counters.announced += effect.keys.length;
          send(
            effect.peer,
            told.of(effect.keys, (keys) => encodeKeys('announce', keys)),
            out,
          );
          break;
        case 'graft':
          this.#counters.grafts++;
          send(effect.peer, encodeKeys('graft', effect.keys), out);
          break;
        case 'prune':
          this.#counters.prunes++;
          this.send(effect.peer, { type: 'prune' }, out);
          break;
        case 'report':
          this.#reports.offer(now, effect.to, effect.subjects);
          this.say(effect.to, { type: 'offer', from: this.#table.self.id }, out);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  reconcile(now: number, event: ReconcileEvent, out: Out): void {
    const effects: ReconcileEffect[] = [];
    this.#reconcile.step(now, event, effects);
    for (const effect of effects) {
      switch (effect.type) {
        case 'compare':
          this.ping(effect.peer, comparing, out);
          break;
        case 'summarise':
          this.summarise(effect.peer, out);
          break;
        case 'differ': {
          const summary = this.#summaries.get(effect.peer);
          this.#summaries.delete(effect.peer);
          if (summary !== undefined) this.#differ(now, effect.peer, summary, out);
          break;
        }
        case 'view': {
          const messages = encodeView([...this.#table.explained(now)]);
          this.#counters.viewsSent += effect.peers.length;
          for (const peer of effect.peers) {
            send(peer, messages, out);
            this.#joiners.add(peer);
            this.edgeUp(now, peer, true, out);
          }
          break;
        }
        default:
          unreachable(effect);
      }
    }
  }

  /** That member has news for us: it is to come with a number that nobody else is told. */
  offered(now: number, from: ServerId, out: Out): void {
    const seq = this.#reports.offered(now, from);
    this.say(from, { type: 'take', seq, from: this.#table.self.id }, out);
  }

  /** That server takes what we have offered. Returns false when it was nothing. */
  report(now: number, to: ServerId, seq: number, out: Out): boolean {
    const subjects = this.#reports.asked(now, to);
    if (subjects === undefined) return false;
    this.#counters.reports++;
    const from = this.#table.self.id;
    this.say(to, { type: 'report', seq, from, records: this.#records(subjects) }, out);
    return true;
  }

  isReport(now: number, from: ServerId, seq: number): boolean {
    return this.#reports.isExpected(now, from, seq);
  }

  /** By a datagram, to a member. */
  say(to: ServerId, datagram: Datagram, out: Out): void {
    if (this.#table.present(to) !== undefined) this.answer(to, datagram, out);
  }

  /** By a datagram, to one that asked: also if we hold it to be gone. */
  answer(to: ServerId, datagram: Datagram, out: Out): void {
    const record = this.#table.record(to);
    if (record === undefined) return;
    out.push({ type: 'datagram', to: record.address, bytes: encodeDatagram(datagram) });
  }

  send(peer: ServerId, message: EdgeMessage, out: Out): void {
    out.push({ type: 'send', peer, bytes: encodeEdge(message) });
  }

  ping(peer: ServerId, seq: number, out: Out): void {
    this.send(peer, { type: 'ping', seq, digest: this.#table.digest }, out);
  }

  /** Tells the peer what we hold, wherever it stands; no news. */
  tell(peer: ServerId, records: readonly Member[], out: Out): void {
    send(peer, encodeRecords(records), out);
  }

  summarise(peer: ServerId, out: Out): void {
    this.#counters.reconciliations++;
    const digests = this.#table.view.summary();
    this.send(peer, { type: 'summary', digests }, out);
  }

  /** The peer's summary is to be answered, now or when it is its turn. */
  summarised(now: number, peer: ServerId, digests: readonly Digest[], out: Out): void {
    this.#summaries.set(peer, digests);
    this.reconcile(now, { type: 'summarised', peer }, out);
  }

  /**
   * Answers a difference with what the peer lacks, or has an older record of. Returns those of our
   * members of which it holds nothing at all.
   */
  complete(
    now: number,
    peer: ServerId,
    theirs: { count: number; buckets: readonly number[]; records: readonly Member[] },
    out: Out,
  ): Member[] {
    const buckets = new Set(theirs.buckets);
    const held = new Map(theirs.records.map((record) => [record.id, record]));
    const better: Member[] = [];
    const lacking: Member[] = [];
    for (const record of this.#table.explained(now)) {
      if (!buckets.has(bucketOf(record.id, theirs.count))) continue;
      const other = held.get(record.id);
      if (other === undefined ? !record.left : supersedes(record, other)) better.push(record);
      if (other === undefined && !record.left) lacking.push(record);
    }
    this.tell(peer, better, out);
    return lacking;
  }

  /** Sends all that we hold in the buckets that differ, some buckets in each message. */
  #differ(now: number, peer: ServerId, theirs: readonly Digest[], out: Out): void {
    const count = theirs.length;
    const differ = new Map<number, Member[]>();
    for (const bucket of differing(this.#table.view.summary(count), theirs)) {
      differ.set(bucket, []);
    }
    if (differ.size === 0) return;
    for (const record of this.#table.explained(now)) {
      differ.get(bucketOf(record.id, count))?.push(record);
    }
    let buckets: number[] = [];
    let records: Member[] = [];
    const flush = () => {
      if (buckets.length > 0) this.send(peer, { type: 'difference', count, buckets, records }, out);
      buckets = [];
      records = [];
    };
    for (const [bucket, members] of differ) {
      if (records.length + members.length > recordsPerMessageMax) flush();
      if (members.length > recordsPerMessageMax) {
        // It sees far fewer than we do: this part of it is told, and compared another time.
        this.tell(peer, members, out);
        continue;
      }
      buckets.push(bucket);
      records.push(...members);
    }
    flush();
  }

  #news(subjects: readonly ServerId[]): Uint8Array[] {
    return encodeNews(this.#records(subjects), (subject) => this.#spread.waveOf(subject));
  }

  #isUnknown(key: NewsKey): boolean {
    const known = this.#table.record(key.subject);
    return known === undefined ? !key.left : supersedes(key, known);
  }

  /** A tombstone may have been forgotten since: then there is nothing to tell. */
  #records(subjects: readonly ServerId[]): Member[] {
    const records: Member[] = [];
    for (const subject of subjects) {
      const record = this.#table.record(subject);
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}

/** Edges that get the same list, mostly one after the other, get the same bytes. */
class Told {
  #items: unknown;
  #messages: readonly Uint8Array[] = [];

  of<T>(items: readonly T[], make: (items: readonly T[]) => Uint8Array[]): readonly Uint8Array[] {
    if (items !== this.#items) {
      this.#items = items;
      this.#messages = make(items);
    }
    return this.#messages;
  }
}

function send(peer: ServerId, messages: readonly Uint8Array[], out: Out): void {
  for (const bytes of messages) out.push({ type: 'send', peer, bytes });
}
