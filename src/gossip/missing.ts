/**
 * What was announced to us and has not come: asked for once the tree had its time, of one who
 * announced it, and then of the next.
 */

import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { NEVER } from '../time.ts';
import type { NewsKey } from './event.ts';
import { supersedes } from './news.ts';

/** More would hardly all be gone by the time we ask them. */
const ANNOUNCERS_MAX = 4;

/** As often is news asked for; after that it is left to the digests. */
const TRIES_MAX = 4;

interface Wanted {
  key: NewsKey;
  /** Whom to ask, the next one first. */
  announcers: ServerId[];
  tries: number;
  dueAt: number;
}

export class Missing {
  /** subject => what we want to know of it; the earliest due first. */
  readonly #wanted = new Map<ServerId, Wanted>();
  /** In us: from an announcement to the question, and from one question to the next. */
  readonly #patience: number;
  /** No later than the first is due. */
  #dueAt = NEVER;

  constructor(patience: number) {
    this.#patience = patience;
  }

  deadline(): number {
    return this.#dueAt;
  }

  announced(now: number, from: ServerId, key: NewsKey): void {
    const wanted = this.#wanted.get(key.subject);
    if (wanted === undefined) {
      this.#add({ key, announcers: [from], tries: 0, dueAt: now + this.#patience });
      this.#bound();
    } else if (supersedes(key, wanted.key)) {
      wanted.key = key;
      wanted.announcers = [from];
    } else if (
      !supersedes(wanted.key, key) &&
      wanted.announcers.length < ANNOUNCERS_MAX &&
      !wanted.announcers.includes(from)
    ) {
      wanted.announcers.push(from);
    }
  }

  /** We know this now. Returns whether we had to ask for it. */
  came(key: NewsKey): boolean {
    if (this.#wanted.size === 0) return false;
    const wanted = this.#wanted.get(key.subject);
    if (wanted === undefined || supersedes(wanted.key, key)) return false;
    this.#wanted.delete(key.subject);
    if (this.#wanted.size === 0) this.#dueAt = NEVER;
    return wanted.tries > 0;
  }

  /** Whom to ask for what, now. */
  due(
    now: number,
    isUp: (peer: ServerId) => boolean,
    isUnknown: (key: NewsKey) => boolean,
  ): Map<ServerId, NewsKey[]> {
    const questions = new Map<ServerId, NewsKey[]>();
    for (const [subject, wanted] of this.#wanted) {
      if (wanted.dueAt > now) break;
      this.#wanted.delete(subject);
      if (!isUnknown(wanted.key)) continue;
      const up = wanted.announcers.filter(isUp);
      // Every question makes an edge eager, and so one peer is asked for as much as it has.
      const asked = up.find((peer) => questions.has(peer)) ?? up[0];
      if (asked === undefined) continue;
      const keys = questions.get(asked);
      if (keys === undefined) questions.set(asked, [wanted.key]);
      else keys.push(wanted.key);
      wanted.tries++;
      if (wanted.tries > TRIES_MAX) continue;
      wanted.announcers = [...up.filter((peer) => peer !== asked), asked];
      wanted.dueAt = now + this.#patience;
      this.#wanted.set(subject, wanted);
    }
    this.#dueAt = NEVER;
    for (const { dueAt } of this.#wanted.values()) {
      this.#dueAt = dueAt;
      break;
    }
    return questions;
  }

  #add(wanted: Wanted): void {
    this.#wanted.set(wanted.key.subject, wanted);
    if (this.#dueAt === NEVER) this.#dueAt = wanted.dueAt;
  }

  #bound(): void {
    for (const subject of this.#wanted.keys()) {
      if (this.#wanted.size <= limits.newsMax) return;
      this.#wanted.delete(subject);
    }
  }
}
