/**
 * What happened lately: the latest news of each subject, by which telling we know it, and which of
 * our edges need not be told.
 */

import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import type { Edge } from './edges.ts';
import type { NewsKey } from './event.ts';

export interface News {
  key: NewsKey;
  /** Servers that find out the same each tell it: which of these tellings came to us first. */
  wave: number;
  at: number;
  /** The bits of the edges whose peers know it, or were told. */
  knowing: number;
  /** Those among them that have no bit. */
  others: Edge[] | undefined;
  /** Not pushed yet. */
  waits: boolean;
  /** Pushed, and not announced yet. */
  isFresh: boolean;
  /** We found it out, and it may be reported; reported, and not come back yet: see gathering.ts. */
  isFound: boolean;
  isReported: boolean;
}

/** Waves are told apart with 13 bits: with the next one, two bytes. Alike by chance, they may prune. */
export const WAVE_MASK = 0x1fff;
/** On a wave that came by a graft: somewhere the tree is cut. */
export const LATE = 0x2000;

export function isLate({ wave }: News): boolean {
  return (wave & LATE) !== 0;
}

export function sameKey(a: NewsKey, b: NewsKey): boolean {
  return a.subject === b.subject && a.incarnation === b.incarnation && a.left === b.left;
}

/** Whether `a` replaces `b` about the same server. Equal ones do not. */
export function supersedes(
  a: { readonly incarnation: number; readonly left: boolean },
  b: { readonly incarnation: number; readonly left: boolean },
): boolean {
  if (a.incarnation !== b.incarnation) return a.incarnation > b.incarnation;
  return a.left && !b.left;
}

export function note(news: News, edge: Edge): void {
  if (edge.bit !== 0) news.knowing |= edge.bit;
  else if (news.others === undefined) news.others = [edge];
  else if (!news.others.includes(edge)) news.others.push(edge);
}

function isKnown(news: News, edge: Edge): boolean {
  if (edge.bit !== 0) return (news.knowing & edge.bit) !== 0;
  return news.others?.includes(edge) ?? false;
}

/** What is remembered of subjects that changed lately, the one that changed first, first. */
export class RecentNews {
  /** subject => its latest news. */
  readonly #news = new Map<ServerId, News>();
  /** In us. */
  readonly #rememberTime: number;

  constructor(rememberTime: number) {
    this.#rememberTime = rememberTime;
  }

  get size(): number {
    return this.#news.size;
  }

  get(now: number, subject: ServerId): News | undefined {
    const news = this.#news.get(subject);
    return news !== undefined && news.at + this.#rememberTime > now ? news : undefined;
  }

  /** However long ago it changed, if that is remembered. */
  waveOf(subject: ServerId): number | undefined {
    return this.#news.get(subject)?.wave;
  }

  /** What changed at `since` or later; undefined when that is more than `max`. */
  since(since: number, max: number): NewsKey[] | undefined {
    const keys: NewsKey[] = [];
    for (const { at, key } of this.#news.values()) {
      if (at < since) continue;
      if (keys.length === max) return undefined;
      keys.push(key);
    }
    return keys;
  }

  /** The news of a change: that of an earlier change of the subject, made new, if there is one. */
  put(now: number, key: NewsKey, wave: number): News {
    const news = this.#news.get(key.subject);
    if (news === undefined) {
      const made = {
        ...{ key, wave, at: now, knowing: 0, others: undefined },
        ...{ waits: false, isFresh: false, isFound: false, isReported: false },
      };
      this.#news.set(key.subject, made);
      this.#forget(now);
      return made;
    }
    this.#news.delete(key.subject);
    this.#news.set(key.subject, news);
    news.key = key;
    news.wave = wave;
    news.at = now;
    news.knowing = 0;
    news.others = undefined;
    news.isReported = false;
    return news;
  }

  #forget(now: number): void {
    for (const [subject, { at }] of this.#news) {
      if (at + this.#rememberTime > now && this.#news.size <= limits.newsMax) return;
      this.#news.delete(subject);
    }
  }
}

/**
 * For each edge the part of `items` that its peer is not known to know; undefined if it knows all.
 * Edges with the same part get the same array, so that it is encoded once.
 */
export class Parts<T> {
  readonly #items: readonly News[];
  readonly #what: (news: News) => T;
  readonly #all: readonly T[];
  readonly #some: (readonly T[])[] = [];
  /** The bits of the edges whose peers know anything of it. */
  #informed = 0;
  #hasOthers = false;

  constructor(items: readonly News[], what: (news: News) => T) {
    this.#items = items;
    this.#what = what;
    this.#all = items.map(what);
    for (const { knowing, others } of items) {
      this.#informed |= knowing;
      if (others !== undefined) this.#hasOthers = true;
    }
  }

  for(edge: Edge): readonly T[] | undefined {
    const mayKnow = edge.bit === 0 ? this.#hasOthers : (this.#informed & edge.bit) !== 0;
    if (!mayKnow) return this.#all;
    let part: T[] | undefined;
    for (const news of this.#items) {
      if (isKnown(news, edge)) continue;
      if (part === undefined) part = [this.#what(news)];
      else part.push(this.#what(news));
    }
    return part === undefined ? undefined : this.#shared(part);
  }

  #shared(part: readonly T[]): readonly T[] {
    if (part.length === this.#all.length) return this.#all;
    for (const other of this.#some) {
      if (other.length === part.length && other.every((item, at) => item === part[at])) {
        return other;
      }
    }
    this.#some.push(part);
    return part;
  }
}
