/**
 * Under heavy churn news is gathered before it is pushed.
 *
 * A tree brings each change to each server once, and so the messages of a server grow with the
 * churn, which grows with the circuit. Pushes of several changes can be made one, if one of them
 * waits for another; but if each server of a way lets news wait, the last on the way has it late. So
 * it waits at one place only: who finds something out does not push it, but *reports* it to the
 * gatherer, by a datagram, and the gatherer pushes what it was reported every `gatherMs`. From there
 * it goes along the tree as any news. All know who the gatherer is: the first member of the view, in
 * an order that is the same for all. It need not know; whoever is reported something gathers it.
 *
 * A report may be lost, and the gatherer gone. So who has reported waits for the news to come back
 * over the tree, and pushes it after `gatherPatienceMs` as if it had never reported; and pushes for
 * a while all that it finds out then, until it tries again.
 *
 * In a calm circuit all this would only cost time, and it is left.
 */

import { MS, NEVER } from '../time.ts';
import type { NewsKey } from './event.ts';
import type { News } from './news.ts';
import type { SpreadProfile } from './profile.ts';

/** More that is found out at once goes out together anyway. As records they fit into a datagram. */
export const reportMax = 2;

/** So much may be reported and not have come back: what is more is pushed. */
export const reportedMax = 64;

/** The time in which changes are counted: the last whole one counts, and what there is of this. */
const WINDOW_MS = 2_000;
/** For so many times as long as we waited in vain, nothing is reported. */
const SULKS = 10;

interface Reported {
  readonly news: News;
  readonly key: NewsKey;
  readonly dueAt: number;
}

export class Gathering {
  readonly #profile: SpreadProfile;
  /** Until when the changes that are counted now are those of this window. */
  #windowEndsAt = -NEVER;
  #count = 0;
  #before = 0;
  /** Not come back yet, or come back before they were due; the first due first. */
  readonly #reported: Reported[] = [];
  #distrustedUntil = -NEVER;

  constructor(profile: SpreadProfile) {
    this.#profile = profile;
  }

  /** Something has changed. */
  count(now: number): void {
    const window = WINDOW_MS * MS;
    if (now >= this.#windowEndsAt) {
      this.#before = now < this.#windowEndsAt + window ? this.#count : 0;
      this.#count = 0;
      this.#windowEndsAt = now + window;
    }
    this.#count++;
  }

  /** Whether so much changes that what we find out should be reported. */
  isWorthwhile(now: number): boolean {
    const isLately = now < this.#windowEndsAt + WINDOW_MS * MS;
    return isLately && this.#count + this.#before >= this.#profile.gatherFrom;
  }

  /** Whether so many may be reported now; not while the gatherer seems not to do what it should. */
  mayReport(now: number, count: number): boolean {
    const fits = count <= reportMax && this.#reported.length + count <= reportedMax;
    return fits && now >= this.#distrustedUntil;
  }

  deadline(): number {
    return this.#reported[0]?.dueAt ?? NEVER;
  }

  /** This was reported, now. */
  report(now: number, news: News): void {
    news.isReported = true;
    const dueAt = now + this.#profile.gatherPatienceMs * MS;
    this.#reported.push({ news, key: news.key, dueAt });
  }

  /** What has not come back in time. */
  overdue(now: number): News[] {
    const due = this.#take(({ dueAt }) => dueAt <= now);
    if (due.length > 0) this.#distrustedUntil = now + SULKS * this.#profile.gatherPatienceMs * MS;
    return due;
  }

  /** What has not come back yet; it is waited for no more. */
  take(): News[] {
    return this.#take(() => true);
  }

  #take(isTaken: (reported: Reported) => boolean): News[] {
    const taken: News[] = [];
    for (let first = this.#reported[0]; first !== undefined; first = this.#reported[0]) {
      if (!isTaken(first)) break;
      this.#reported.shift();
      const { news, key } = first;
      if (news.key !== key || !news.isReported) continue;
      news.isReported = false;
      taken.push(news);
    }
    return taken;
  }
}
