/**
 * What was pushed, and is to be announced to those who may not have it: when, and to whom.
 *
 * In the paper (see spread.ts) all edges over which news was not pushed carry its key, and these
 * are most of what is sent. It takes no more of them than connect all servers, whatever the tree has
 * come to; each edge more only makes it less likely that all who could announce to somebody have
 * vanished as well. Which they are is not decided here (`Turns`). One end of each is the *first*:
 * it announces what came since its last announcement. The *second* waits one announcement longer,
 * and by then has mostly been told by the first, so that there is nothing to say.
 *
 * Who has just lost an edge, or lacks one that has a turn, announces over all that it has: where one
 * server vanished, more may have, and with them all who were to announce to somebody; and while two
 * circuits become one, those that are to announce find each other only by and by.
 *
 * News that came late, by a graft, is a sign that the tree is cut. It is announced at once, from both
 * ends, so that several cuts in its way take hardly longer than one.
 */

import type { ServerId } from '../id.ts';
import { MS, NEVER } from '../time.ts';
import type { Edge } from './edges.ts';
import type { NewsKey } from './event.ts';
import { isLate, type News, Parts } from './news.ts';
import type { SpreadProfile } from './profile.ts';

/**
 * Which end of an edge announces news over it: `first`, we; `second`, the peer, and then we what it
 * has not told us; `none`, neither.
 */
export type Turn = 'first' | 'second' | 'none';

/** Who has which turn. */
export interface Turns {
  of(peer: ServerId): Turn;
  /** How many have one that is not `none`, whether there is an edge with them or not. */
  readonly count: number;
}

export class Announcements {
  readonly #profile: SpreadProfile;
  readonly #turns: Turns;
  /** Not announced yet. */
  #fresh: News[] = [];
  /** Announced where we are first, and not yet where we are second. */
  #older: News[] = [];
  #dueAt = NEVER;
  #announcedAt = -NEVER;
  /** When an edge broke. */
  #lostAt = -NEVER;

  constructor(profile: SpreadProfile, turns: Turns) {
    this.#profile = profile;
    this.#turns = turns;
  }

  /** How many wait for their first announcement. */
  get size(): number {
    return this.#fresh.length;
  }

  deadline(): number {
    return this.#dueAt;
  }

  /** These were pushed, now. */
  add(now: number, items: readonly News[]): void {
    const { batchMs, announceFirstMs, announceMs } = this.#profile;
    let at = Math.max(now + announceFirstMs * MS, this.#announcedAt + announceMs * MS);
    for (const news of items) {
      if (isLate(news)) at = Math.min(at, now + batchMs * MS);
      if (news.isFresh) continue;
      news.isFresh = true;
      this.#fresh.push(news);
    }
    this.#dueAt = Math.min(this.#dueAt, at);
  }

  /** An edge broke. */
  edgeLost(now: number): void {
    this.#lostAt = now;
  }

  /** Nobody has this bit any more. */
  forget(bit: number): void {
    for (const news of this.#fresh) news.knowing &= ~bit;
    for (const news of this.#older) news.knowing &= ~bit;
  }

  /** Calls `say` for each edge whose peer may lack something, eager by now or not. */
  announce(
    now: number,
    edges: Iterable<Edge>,
    say: (peer: ServerId, keys: readonly NewsKey[]) => void,
  ): void {
    // What changed once more waits to be pushed, and is announced after that.
    const fresh = this.#fresh.filter(({ waits }) => !waits);
    const older = this.#older.filter(({ waits, isFresh }) => !waits && !isFresh);
    for (const news of this.#fresh) {
      news.isFresh = false;
      if (!news.waits && isLate(news)) older.push(news);
    }
    const first = keysOf(fresh);
    const second = keysOf(older);
    const toAll = now - this.#lostAt <= this.#profile.announceMs * MS || this.#lacksAny(edges);
    // What a first one will announce to us, if we do not have it from there yet.
    let unheard = false;
    for (const edge of edges) {
      if (first.isKnownTo(edge) && second.isKnownTo(edge)) continue;
      const turn = this.#turns.of(edge.peer);
      const isFirst = toAll || turn === 'first';
      if (turn === 'second' && !isFirst && !first.isKnownTo(edge)) unheard = true;
      const fromFirst = isFirst ? first.for(edge) : undefined;
      const fromSecond = turn === 'second' ? second.for(edge) : undefined;
      if (fromFirst !== undefined && fromFirst.length > 0) say(edge.peer, fromFirst);
      if (fromSecond !== undefined && fromSecond.length > 0) say(edge.peer, fromSecond);
    }
    this.#fresh = [];
    this.#older = unheard ? fresh.filter((news) => !isLate(news)) : [];
    this.#announcedAt = now;
    this.#dueAt = this.#older.length === 0 ? NEVER : now + this.#profile.announceMs * MS;
  }

  #lacksAny(edges: Iterable<Edge>): boolean {
    let missing = this.#turns.count;
    for (const { peer } of edges) if (this.#turns.of(peer) !== 'none') missing--;
    return missing > 0;
  }

  /** All that was not announced to everybody who is to have it; it is not announced any more. */
  take(): News[] {
    const all = new Set([...this.#older, ...this.#fresh]);
    for (const news of all) news.isFresh = false;
    this.#fresh = [];
    this.#older = [];
    this.#dueAt = NEVER;
    return [...all];
  }
}

function keysOf(items: readonly News[]): Parts<NewsKey> {
  return new Parts(items, ({ key }) => key);
}
