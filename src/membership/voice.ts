/**
 * What we say to others: turns what the gossip decides into messages made of the records that the
 * table holds at that moment.
 */

import { unreachable } from '../assert.ts';
import type { Digest } from '../gossip/digest.ts';
import { Gossip, type GossipEffect, type GossipEvent } from '../gossip/gossip.ts';
import type { ServerId } from '../id.ts';
import type { Counters } from './counters.ts';
import type { MembershipEffect } from './event.ts';
import type { Member } from './member.ts';
import { type EdgeMessage, encodeEdge, encodeNews, encodeView } from './message.ts';
import type { Profile } from './profile.ts';
import type { Table } from './table.ts';

export interface VoiceOptions {
  readonly table: Table;
  readonly counters: Counters;
  readonly profile: Profile;
}

export class Voice {
  readonly #table: Table;
  readonly #counters: Counters;
  readonly #gossip: Gossip;

  constructor({ table, counters, profile }: VoiceOptions) {
    this.#table = table;
    this.#counters = counters;
    this.#gossip = new Gossip(profile.gossip);
  }

  /** How many edges news goes over. */
  get degree(): number {
    return this.#gossip.degree;
  }

  deadline(): number {
    return this.#gossip.deadline();
  }

  tell(now: number, event: GossipEvent, out: MembershipEffect[]): void {
    const effects: GossipEffect[] = [];
    this.#gossip.step(now, event, effects);
    let encoded: Uint8Array[] = [];
    let encodedOf: readonly ServerId[] = [];
    for (const effect of effects) {
      switch (effect.type) {
        case 'news':
          if (encodedOf !== effect.subjects) {
            encodedOf = effect.subjects;
            encoded = encodeNews(this.#records(encodedOf));
          }
          this.#sendNews(effect.peer, encoded, out);
          break;
        case 'compare':
          this.send(effect.peer, { type: 'ping', digest: this.#table.digest }, out);
          break;
        case 'exchange':
          this.sendView(now, effect.peer, true, out);
          break;
        case 'answer':
          this.sendView(now, effect.peer, false, out);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  /** Compares a peer's digest with ours. `confirming`: we asked for it. */
  compare(
    now: number,
    peer: { readonly id: ServerId; readonly digest: Digest; readonly confirming: boolean },
    out: MembershipEffect[],
  ): void {
    const { id, digest, confirming } = peer;
    const ours = this.#table.digest;
    this.tell(now, { type: 'digest', peer: id, theirs: digest, ours, confirming }, out);
  }

  send(peer: ServerId, message: EdgeMessage, out: MembershipEffect[]): void {
    out.push({ type: 'send', peer, bytes: encodeEdge(message) });
  }

  /** Answers outdated records with what we know. */
  correct(peer: ServerId, subjects: readonly ServerId[], out: MembershipEffect[]): void {
    this.#sendNews(peer, encodeNews(this.#records(subjects)), out);
  }

  sendView(now: number, peer: ServerId, ask: boolean, out: MembershipEffect[]): void {
    this.#counters.viewsSent++;
    for (const bytes of encodeView([...this.#table.shared(now)], ask)) {
      out.push({ type: 'send', peer, bytes });
    }
  }

  #sendNews(peer: ServerId, messages: readonly Uint8Array[], out: MembershipEffect[]): void {
    this.#counters.newsSent += messages.length;
    for (const bytes of messages) out.push({ type: 'send', peer, bytes });
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
