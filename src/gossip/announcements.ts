/**
 * What was pushed, and is to be announced to those who may not have it: when, and to whom.
 *
 * In the paper (see spread.ts) all edges over which news was not pushed carry its key, and these
 * are most of what is sent. It takes no more of them than connect all servers, whatever the tree has
 * come to; each edge more only makes it less likely that all who could announce to somebody have
 * vanished as well. Which they are is not decided here (`turnOf`). One end of each is the *first*:
 * it announces what came since its last announcement. The *second* waits one announcement longer,
 * and by then has mostly been told by the first, so that there is nothing to say.
 *
 * Who has just lost an edge announces over all that it has: where one server vanished, more may have,
 * and with them all who were to announce to somebody.
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

export class Announcements {
  readonly #profile: SpreadProfile;
  readonly #turnOf: (peer: ServerId) => Turn;
  /** Not announced yet. */
  #fresh: News[] = [];
  /** Announced where we are first, and not yet where we are second. */
  #older: News[] = [];
  #dueAt = NEVER;
  #announcedAt = -NEVER;
  /** When an edge broke. */
  #lostAt = -NEVER;

  constructor(profile: SpreadProfile, turnOf: (peer: ServerId) => Turn) {
    this.#profile = profile;
    this.#turnOf = turnOf;
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
    for (const news of this.#fresh) news.isFresh = false;
    const late = fresh.filter(isLate);
    const first = keysOf(fresh);
    const second = keysOf(older.concat(late));
    const toAll = now - this.#lostAt <= this.#profile.announceMs * MS;
    let seconds = 0;
    for (const edge of edges) {
      const turn = toAll ? 'first' : this.#turnOf(edge.peer);
      if (turn === 'none') continue;
      // One without a bit counts as if it knew nothing.
      if (turn === 'second') seconds |= edge.bit === 0 ? -1 : edge.bit;
      const keys = (turn === 'first' ? first : second).for(edge);
      if (keys !== undefined && keys.length > 0) say(edge.peer, keys);
    }
    this.#fresh = [];
    this.#older = fresh.filter((news) => !isLate(news) && (news.knowing & seconds) !== seconds);
    this.#announcedAt = now;
    this.#dueAt = this.#older.length === 0 ? NEVER : now + this.#profile.announceMs * MS;
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
