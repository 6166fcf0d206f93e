/** What is said to us, message by message: to whom each part of it matters. */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import { type Digest, sameDigest } from '../gossip/digest.ts';
import type { Address, ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { MS } from '../time.ts';
import type { Beliefs } from './beliefs.ts';
import type { Counters } from './counters.ts';
import type { MembershipEffect } from './event.ts';
import type { Member } from './member.ts';
import {
  bucketsMax,
  type Datagram,
  decodeDatagram,
  type EdgeMessage,
  encodeDatagram,
} from './message.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Reach } from './reach.ts';
import type { Seeds } from './seeds.ts';
import type { Table } from './table.ts';
import { comparing, type Voice } from './voice.ts';

type Out = MembershipEffect[];

export interface HearingOptions {
  readonly table: Table;
  readonly neighbourhood: Neighbourhood;
  readonly voice: Voice;
  readonly beliefs: Beliefs;
  readonly seeds: Seeds;
  readonly reach: Reach;
  readonly counters: Counters;
}

export class Hearing {
  readonly #table: Table;
  readonly #neighbourhood: Neighbourhood;
  readonly #voice: Voice;
  readonly #beliefs: Beliefs;
  readonly #seeds: Seeds;
  readonly #reach: Reach;
  readonly #counters: Counters;
  /** Servers that somebody here waits for; the oldest first. */
  readonly #finding = new Set<ServerId>();
  /** We have merged with nobody yet, and nobody joined through us. */
  #isNewcomer = true;
  /** Who has told us a part of its view, if we are newcomers; the rest follows. */
  #adopting: ServerId | undefined;

  constructor(options: HearingOptions) {
    this.#table = options.table;
    this.#neighbourhood = options.neighbourhood;
    this.#voice = options.voice;
    this.#beliefs = options.beliefs;
    this.#seeds = options.seeds;
    this.#reach = options.reach;
    this.#counters = options.counters;
  }

  /** Asks all neighbours for a server of which we know nothing. */
  find(subject: ServerId, out: Out): void {
    if (this.#table.present(subject) !== undefined) return;
    this.#finding.delete(subject);
    this.#finding.add(subject);
    if (this.#finding.size > limits.findingMax) {
      const [oldest] = this.#finding;
      this.#finding.delete(oldest as ServerId);
    }
    for (const peer of this.#neighbourhood.neighbours) {
      if (this.#neighbourhood.isUp(peer)) this.#voice.send(peer, { type: 'find', subject }, out);
    }
  }

  /** Our view is half of another: who our neighbours are shows when the seed has told us the rest. */
  get isAdopting(): boolean {
    return this.#adopting !== undefined && this.#seeds.isSeed(this.#adopting);
  }

  edge(now: number, peer: ServerId, message: EdgeMessage, out: Out): void {
    switch (message.type) {
      case 'hello':
        this.#beliefs.learn(now, { peer }, [message.member], out);
        this.#compare(now, peer, message.digest, false, out);
        break;
      case 'news':
        this.#news(now, peer, message, out);
        break;
      case 'announce':
        this.#voice.spread(now, { type: 'announced', from: peer, keys: message.keys }, out);
        break;
      case 'graft':
        this.#voice.spread(now, { type: 'grafted', from: peer, keys: message.keys }, out);
        break;
      case 'prune':
        this.#voice.spread(now, { type: 'pruned', from: peer }, out);
        break;
      case 'join':
        this.#isNewcomer = false;
        // We go, and the peer would be alone: its join is to fail, with our session.
        if (this.#table.self.left && this.#table.size <= 1) break;
        this.#voice.reconcile(now, { type: 'asked', peer }, out);
        break;
      case 'view':
        this.#view(now, peer, message, out);
        break;
      case 'summary':
        if (!isPowerOfTwo(message.digests.length)) this.#counters.malformed++;
        else this.#voice.summarised(now, peer, message.digests, out);
        break;
      case 'difference':
        this.#difference(now, peer, message, out);
        break;
      case 'records':
        this.#weigh(now, peer, message.records, false, out);
        break;
      case 'find': {
        const found = this.#table.record(message.subject);
        if (found !== undefined) this.#voice.tell(peer, [found], out);
        break;
      }
      case 'ping': {
        const { seq } = message;
        this.#voice.send(peer, { type: 'pong', seq, digest: this.#table.digest }, out);
        this.#compare(now, peer, message.digest, false, out);
        break;
      }
      case 'pong': {
        const isComparison = message.seq === comparing;
        if (!isComparison) this.#acked(now, peer, message.seq, undefined, out);
        this.#compare(now, peer, message.digest, isComparison, out);
        break;
      }
      default:
        unreachable(message);
    }
  }

  /** False: it is answered, and nothing changed but for the neighbourhood. */
  datagram(now: number, source: Address, bytes: Uint8Array, out: Out): boolean {
    const message = decodeDatagram(bytes);
    const from = message?.type === 'verified' ? message.member.id : message?.from;
    if (message === undefined || from === undefined || from === this.#table.self.id) {
      this.#counters.malformed++;
      return false;
    }
    const isChanged = this.#receive(now, source, message, out);
    if (message.type !== 'probe' && message.type !== 'verify') return isChanged;
    const record = this.#table.record(from);
    if (record?.left !== true) return isChanged;
    this.#beliefs.heardOfDeparted(now, record);
    return true;
  }

  /** Whether anything but the neighbourhood was changed by that. */
  #receive(now: number, source: Address, message: Datagram, out: Out): boolean {
    switch (message.type) {
      case 'probe': {
        const { seq, from } = message;
        const { digest } = this.#table;
        const turnMs = Math.round(this.#neighbourhood.turnFor(now, from) / MS);
        answer(source, { type: 'ack', seq, from: this.#table.self.id, digest, turnMs }, out);
        return this.#compare(now, from, message.digest, false, out);
      }
      case 'ack': {
        const { from, seq, turnMs } = message;
        const isChanged = this.#acked(now, from, seq, turnMs * MS, out);
        return this.#compare(now, from, message.digest, false, out) || isChanged;
      }
      case 'ask':
        return this.#asked(now, message.from, message.subject, out);
      case 'vote': {
        const { subject, from, verdict } = message;
        this.#counters.votes++;
        return this.#reach.detect(now, { type: 'voted', subject, from, verdict }, out);
      }
      case 'verify':
        if (message.subject === this.#table.self.id) this.#beliefs.questioned(now, message, out);
        answer(source, { type: 'verified', seq: message.seq, member: this.#table.self }, out);
        return true;
      case 'verified':
        if (!this.#beliefs.answered(now, message.seq, message.member, out))
          this.#counters.unasked++;
        return true;
      case 'offer':
        // As news over an edge, it is believed of members only.
        if (this.#table.present(message.from) === undefined) this.#counters.unasked++;
        else this.#voice.offered(now, message.from, out);
        return true;
      case 'take':
        if (!this.#voice.report(now, message.from, message.seq, out)) this.#counters.unasked++;
        return true;
      case 'report':
        if (this.#voice.isReport(now, message.from, message.seq)) {
          this.#counters.gathered++;
          this.#beliefs.learn(now, { peer: undefined, isReport: true }, message.records, out);
        } else {
          this.#counters.unasked++;
        }
        return true;
      default:
        return unreachable(message);
    }
  }

  #news(now: number, peer: ServerId, news: EdgeMessage & { type: 'news' }, out: Out): void {
    const { records, waves } = news;
    if (records.length !== waves.length) {
      this.#counters.malformed++;
      return;
    }
    this.#counters.newsReceived++;
    const isMember = this.#table.present(peer) !== undefined;
    // From one that we hold to be gone, news is as old as the rest of what it holds.
    if (isMember) this.#beliefs.learn(now, { peer, waves }, records, out);
    else this.#weigh(now, peer, records, false, out);
  }

  #view(now: number, peer: ServerId, view: EdgeMessage & { type: 'view' }, out: Out): void {
    if (!this.#seeds.isSeed(peer)) {
      this.#counters.unasked++;
      return;
    }
    if (this.#isNewcomer) this.#beliefs.adopt(now, view.records, out);
    else this.#weigh(now, peer, view.records, true, out);
    if (!view.last) {
      if (this.#isNewcomer) this.#adopting = peer;
      return;
    }
    this.#adopting = undefined;
    // What it lacks of ours, it learns by comparing.
    if (!this.#isNewcomer) this.#voice.summarise(peer, out);
    this.#isNewcomer = false;
    this.#seeds.merged(peer, out);
  }

  #difference(
    now: number,
    peer: ServerId,
    difference: EdgeMessage & { type: 'difference' },
    out: Out,
  ): void {
    if (!isPowerOfTwo(difference.count)) {
      this.#counters.malformed++;
      return;
    }
    this.#beliefs.doubt(now, this.#voice.complete(now, peer, difference, out));
    this.#weigh(now, peer, difference.records, false, out);
  }

  #weigh(now: number, peer: ServerId, records: readonly Member[], atOnce: boolean, out: Out): void {
    this.#beliefs.weigh(now, peer, records, (id) => atOnce || this.#finding.has(id), out);
  }

  #asked(now: number, from: ServerId, subject: ServerId, out: Out): boolean {
    const record = this.#table.record(subject);
    // One that we hold to be gone may be away, and without an answer would believe its own silence.
    // Of one that we never heard of we cannot say that it has gone.
    if (this.#table.record(from) === undefined || record === undefined) return false;
    return this.#reach.detect(now, { type: 'asked', subject, from, isPresent: !record.left }, out);
  }

  #acked(now: number, peer: ServerId, seq: number, turnUs: number | undefined, out: Out): boolean {
    this.#counters.acks++;
    return this.#reach.detect(now, { type: 'acked', peer, seq, turnUs }, out);
  }

  /** False: the views are equal, and were before. */
  #compare(now: number, peer: ServerId, theirs: Digest, confirming: boolean, out: Out): boolean {
    const ours = this.#table.digest;
    if (sameDigest(theirs, ours) && this.#voice.isSettled) return false;
    this.#voice.reconcile(now, { type: 'digest', peer, theirs, ours, confirming }, out);
    return true;
  }
}

function answer(to: Address, reply: Datagram, out: Effects<MembershipEffect>): void {
  out.push({ type: 'datagram', to, bytes: encodeDatagram(reply) });
}

function isPowerOfTwo(count: number): boolean {
  return count > 0 && count <= bucketsMax && (count & (count - 1)) === 0;
}
