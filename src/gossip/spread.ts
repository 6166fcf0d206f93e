/**
 * How news reaches every server: Plumtree (Leitao, Pereira and Rodrigues 2007, "Epidemic Broadcast
 * Trees", section 3).
 *
 * News is pushed over the eager edges, and its key alone is announced over some of the others, later
 * and in batches. Whoever is pushed what it has prunes that edge, and so the eager edges become a
 * tree: n - 1 pushes for n servers. Whoever is announced what it has not, and does not get it over
 * the tree in time, grafts: it asks the announcer, and their edge is eager from then on. The edges
 * of announcements (announcements.ts) connect all servers, and so news reaches all, whatever the
 * tree has come to; only what is forgotten meanwhile is left to the digests.
 *
 * In the paper a message has one source. Here several servers find out the same, at once: all
 * neighbours of one that was killed, of one that joins. Where two of these *waves* meet, an edge
 * carries a duplicate though it may be the only one between two parts of the tree; to prune it would
 * cut the tree in as many pieces as there were sources. So a record that is pushed carries the number
 * of its wave, which stands for the server that told of it first, and only a duplicate of the same
 * wave prunes. That is safe: both ends have the news from one source over edges on which it was
 * new, so there is another way between them. A server that finds out what it just heard tells of
 * nothing: its news is the wave that it heard.
 *
 * Waves of different news that run at the same time may each prune an edge of one circle, and so cut
 * the tree as well; a newcomer, all of whose edges are eager, might lose them all. Therefore an edge
 * over which news came first a moment ago is not pruned yet. What is cut all the same, by this or by
 * servers that vanish, is grafted with the next news: once an announcement and a graft late, and
 * news that came by a graft is marked so, and announced at once by all that it comes to.
 *
 * What we find out is not always pushed by us: see gathering.ts.
 *
 * Who knows is told nothing: who pushed it to us, who announced it, and a member of its own presence.
 * A push goes at once if nothing was pushed for `batchMs`; `deadline` is then now, so that all
 * records of one message go on together, once its reader steps us again.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import { idHigh, idLow, mix } from '../hash.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { MS, NEVER } from '../time.ts';
import { Announcements, type Turns } from './announcements.ts';
import { type Edge, Edges } from './edges.ts';
import type { NewsKey, SpreadEffect, SpreadEvent } from './event.ts';
import { Gathering } from './gathering.ts';
import { Missing } from './missing.ts';
import {
  LATE,
  type News,
  note,
  Parts,
  RecentNews,
  sameKey,
  supersedes,
  WAVE_MASK,
} from './news.ts';
import type { SpreadProfile } from './profile.ts';

/** What has happened so far, for those who study it. */
export interface SpreadCounters {
  /** Records, not messages: pushed to a peer, and pushed to us though we had them. */
  pushed: number;
  duplicates: number;
  /** Keys announced to peers. */
  announced: number;
  /** Records reported, and those of them that did not come back in time. */
  reported: number;
  overdue: number;
  /** Messages sent. */
  prunes: number;
  grafts: number;
}

/** A new edge is told of the last news, unless there is so much that the views are compared anyway. */
const CATCH_UP_MAX = 64;
const WAVE_SALT = 0x77617665;

export interface SpreadOptions {
  readonly profile: SpreadProfile;
  /** Who we are. */
  readonly self: ServerId;
  /** Whether a record of this key would change our view. */
  readonly isUnknown: (key: NewsKey) => boolean;
  /** Asked whenever there is something to announce. */
  readonly turns: Turns;
  /** To whom what we find out is reported; undefined: to nobody. Asked when there is something. */
  readonly gatherer: () => ServerId | undefined;
}

export class Spread {
  readonly #profile: SpreadProfile;
  readonly #self: ServerId;
  readonly #gatherer: () => ServerId | undefined;
  readonly #isUnknown: (key: NewsKey) => boolean;
  /** The wave of what we find out ourselves. */
  readonly #ownWave: number;
  readonly #edges = new Edges();
  readonly #recent: RecentNews;
  readonly #missing: Missing;
  readonly #announcements: Announcements;
  readonly #gathering: Gathering;
  /** To be pushed, and then to be announced; at most `limits.newsMax` of each. */
  #waiting: News[] = [];
  #pushAt = NEVER;
  #pushedAt = -NEVER;
  readonly #counters: SpreadCounters = {
    ...{ pushed: 0, duplicates: 0, announced: 0, prunes: 0, grafts: 0 },
    ...{ reported: 0, overdue: 0 },
  };

  constructor({ profile, self, isUnknown, turns, gatherer }: SpreadOptions) {
    this.#profile = profile;
    this.#self = self;
    this.#gatherer = gatherer;
    this.#isUnknown = isUnknown;
    this.#ownWave = mix(idHigh(self), idLow(self), WAVE_SALT) & WAVE_MASK;
    this.#recent = new RecentNews(profile.rememberMs * MS);
    this.#missing = new Missing(profile.graftMs * MS);
    this.#announcements = new Announcements(profile, turns);
    this.#gathering = new Gathering(profile);
  }

  /** How many edges stand. */
  get degree(): number {
    return this.#edges.size;
  }

  get counters(): Readonly<SpreadCounters> {
    return this.#counters;
  }

  /** Whether news is pushed to `peer`. */
  isEager(peer: ServerId): boolean {
    return this.#edges.get(peer)?.eager ?? false;
  }

  /** The wave of the latest news of `subject`, which goes with its record. From 0 to 2^14 - 1. */
  waveOf(subject: ServerId): number {
    return this.#recent.waveOf(subject) ?? this.#ownWave;
  }

  step(now: number, event: SpreadEvent, out: Effects<SpreadEffect>): void {
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'edgeUp':
        this.#edgeUp(now, event.peer, event.eager, out);
        break;
      case 'edgeDown':
        this.#edgeDown(now, event.peer, event.byUs === true);
        break;
      case 'changed':
        this.#changed(now, event, out);
        break;
      case 'repeated':
        this.#repeated(now, event, out);
        break;
      case 'announced':
        this.#announced(now, event.from, event.keys);
        break;
      case 'grafted':
        this.#grafted(now, event.from, event.keys, out);
        break;
      case 'pruned':
        this.#pruned(event.from);
        break;
      case 'flush':
        if (event.to === 'all') this.#sayAll(now, out);
        else this.#push(now, out);
        break;
      default:
        unreachable(event);
    }
  }

  deadline(): number {
    return Math.min(
      this.#pushAt,
      this.#announcements.deadline(),
      this.#missing.deadline(),
      this.#gathering.deadline(),
    );
  }

  #tick(now: number, out: Effects<SpreadEffect>): void {
    if (this.#gathering.deadline() <= now) this.#giveUpReports(now, out);
    if (this.#announcements.deadline() <= now) this.#announce(now, out);
    if (this.#pushAt <= now) this.#push(now, out);
    if (this.#missing.deadline() <= now) this.#graft(now, out);
  }

  #edgeUp(now: number, peer: ServerId, eager: boolean, out: Effects<SpreadEffect>): void {
    const isNew = !this.#edges.has(peer);
    this.#edges.up(peer, eager);
    if (!isNew) return;
    // What was on its way while there was no edge, or was lost with the last one.
    const recent = this.#recent.since(now - this.#profile.announceMs * MS, CATCH_UP_MAX) ?? [];
    const keys = recent.filter(({ subject, left }) => left || subject !== peer);
    if (keys.length === 0) return;
    this.#counters.announced += keys.length;
    out.push({ type: 'announce', peer, keys });
  }

  #edgeDown(now: number, peer: ServerId, byUs: boolean): void {
    if (!this.#edges.has(peer)) return;
    const bit = this.#edges.down(peer);
    // The next edge with this bit is another's, who may know nothing.
    for (const news of this.#waiting) news.knowing &= ~bit;
    this.#announcements.forget(bit);
    if (!byUs) this.#announcements.edgeLost(now);
  }

  #changed(
    now: number,
    { key, from, wave, isReport }: SpreadEvent & { type: 'changed' },
    out: Effects<SpreadEffect>,
  ): void {
    const wasAsked = this.#missing.came(key);
    const news = this.#recent.put(now, key, (wave ?? this.#ownWave) | (wasAsked ? LATE : 0));
    this.#gathering.count(now);
    const teller = from === undefined ? undefined : this.#edges.get(from);
    if (teller !== undefined) {
      note(news, teller);
      // What a server said of itself when it came is no sign that news comes from there first.
      if (wave !== undefined) {
        teller.usefulAt = now;
        teller.eager = true;
      }
    }
    const subject = key.left ? undefined : this.#edges.get(key.subject);
    if (subject !== undefined) note(news, subject);
    // What a server says of itself, all its neighbours find out at once. We go: nothing can wait.
    const isFound = wave === undefined || from === key.subject;
    const isGoodbye = key.left && key.subject === this.#self;
    const mayWait = isFound && !isGoodbye && this.#gathering.isWorthwhile(now);
    news.isFound = mayWait && isReport !== true;
    const weGather = isReport === true || (mayWait && this.#gatherer() === this.#self);
    this.#enqueue(now, news, weGather ? this.#profile.gatherMs : this.#profile.batchMs, out);
  }

  #enqueue(now: number, news: News, pauseMs: number, out: Effects<SpreadEffect>): void {
    if (!news.waits) {
      if (this.#waiting.length >= limits.newsMax) this.#push(now, out);
      news.waits = true;
      this.#waiting.push(news);
    }
    this.#pushAt = Math.min(this.#pushAt, Math.max(now, this.#pushedAt + pauseMs * MS));
  }

  #repeated(
    now: number,
    { key, from, wave }: { key: NewsKey; from: ServerId; wave: number },
    out: Effects<SpreadEffect>,
  ): void {
    const edge = this.#edges.get(from);
    const news = this.#recent.get(now, key.subject);
    this.#counters.duplicates++;
    if (edge === undefined || news === undefined || !sameKey(news.key, key)) return;
    note(news, edge);
    if (news.isReported) {
      // It has come back, and goes on from here as if it had come first.
      news.isReported = false;
      news.wave = wave;
      edge.usefulAt = now;
      edge.eager = true;
      this.#enqueue(now, news, this.#profile.batchMs, out);
      return;
    }
    const recently = now - this.#profile.graftMs * MS;
    if (((wave ^ news.wave) & WAVE_MASK) !== 0 || edge.usefulAt > recently) return;
    // What was under way when we pruned is no reason to prune again.
    if (!edge.eager && edge.prunedAt > recently) return;
    edge.eager = false;
    edge.prunedAt = now;
    this.#counters.prunes++;
    out.push({ type: 'prune', peer: from });
  }

  #announced(now: number, from: ServerId, keys: readonly NewsKey[]): void {
    const edge = this.#edges.get(from);
    if (edge === undefined) return;
    for (const key of keys) {
      if (this.#isUnknown(key)) {
        this.#missing.announced(now, from, key);
        continue;
      }
      const news = this.#recent.get(now, key.subject);
      if (news !== undefined && !supersedes(news.key, key)) note(news, edge);
    }
  }

  #grafted(
    now: number,
    from: ServerId,
    keys: readonly NewsKey[],
    out: Effects<SpreadEffect>,
  ): void {
    const edge = this.#edges.get(from);
    if (edge === undefined) return;
    edge.eager = true;
    const subjects = keys.map(({ subject }) => subject);
    for (const subject of subjects) {
      const news = this.#recent.get(now, subject);
      if (news !== undefined) note(news, edge);
    }
    this.#counters.pushed += subjects.length;
    out.push({ type: 'news', peer: from, subjects });
  }

  #pruned(from: ServerId): void {
    const edge = this.#edges.get(from);
    if (edge !== undefined) edge.eager = false;
  }

  #push(now: number, out: Effects<SpreadEffect>, toAll = false): void {
    this.#pushAt = NEVER;
    if (!toAll) this.#report(now, out);
    if (this.#waiting.length === 0) return;
    const items = this.#waiting;
    this.#waiting = [];
    const parts = new Parts(items, ({ key }) => key.subject);
    let told = 0;
    for (const edge of this.#edges) {
      if (!edge.eager && !toAll) continue;
      const subjects = parts.for(edge);
      if (subjects === undefined) continue;
      out.push({ type: 'news', peer: edge.peer, subjects });
      this.#counters.pushed += subjects.length;
      this.#pushedAt = now;
      told |= edge.bit;
      if (edge.bit === 0) for (const news of items) note(news, edge);
    }
    if (this.#announcements.size + items.length > limits.newsMax) this.#announce(now, out);
    for (const news of items) {
      news.knowing |= told;
      news.waits = false;
    }
    this.#announcements.add(now, items);
  }

  /** Leaves what we found out to the gatherer, if it is little. */
  #report(now: number, out: Effects<SpreadEffect>): void {
    const found = this.#waiting.filter(({ isFound }) => isFound);
    if (found.length === 0 || !this.#gathering.mayReport(now, found.length)) return;
    const gatherer = this.#gatherer();
    if (gatherer === undefined || gatherer === this.#self) return;
    if (found.some(({ key }) => key.subject === gatherer)) return;
    this.#waiting = this.#waiting.filter(({ isFound }) => !isFound);
    for (const news of found) {
      news.waits = false;
      news.isFound = false;
      this.#gathering.report(now, news);
    }
    this.#counters.reported += found.length;
    out.push({ type: 'report', to: gatherer, subjects: found.map(({ key }) => key.subject) });
  }

  #giveUpReports(now: number, out: Effects<SpreadEffect>): void {
    for (const news of this.#gathering.overdue(now)) {
      this.#counters.overdue++;
      this.#enqueue(now, news, 0, out);
    }
  }

  #announce(now: number, out: Effects<SpreadEffect>): void {
    this.#announcements.announce(now, this.#edges, (peer, keys) => {
      this.#counters.announced += keys.length;
      out.push({ type: 'announce', peer, keys });
    });
  }

  #graft(now: number, out: Effects<SpreadEffect>): void {
    const isUp = (peer: ServerId) => this.#edges.has(peer);
    for (const [peer, keys] of this.#missing.due(now, isUp, this.#isUnknown)) {
      (this.#edges.get(peer) as Edge).eager = true;
      this.#counters.grafts++;
      out.push({ type: 'graft', peer, keys });
    }
  }

  /** We go, and shall not be there to be asked. */
  #sayAll(now: number, out: Effects<SpreadEffect>): void {
    for (const news of [...this.#announcements.take(), ...this.#gathering.take()]) {
      if (news.waits) continue;
      news.waits = true;
      this.#waiting.push(news);
    }
    this.#push(now, out, true);
  }
}
