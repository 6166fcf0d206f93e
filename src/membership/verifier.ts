/**
 * Old records under examination.
 *
 * What a peer has believed for some time may not be so any more: it may have stood still, or been
 * cut off, while we forgot who left. So a record that comes from such a comparison, and not from an
 * event, is a hint. The server that it is about is asked, by datagram: is it you, and do you know
 * what is said of you? Its answer is first hand, and a server that is thought gone learns of it. It
 * is asked a few times; then its silence is the answer.
 *
 * One case stays open: a server that answers everybody but us. A peer that lacks nothing of it would
 * tell us of it again and again, having verified it as well. What is insisted on is believed.
 */

import type { Effects } from '../effects.ts';
import { supersedes } from '../gossip/news.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { MS, NEVER } from '../time.ts';
import type { Member } from './member.ts';

export interface VerifierProfile {
  /**
   * How long a hint waits for the news that makes it needless: as long as news spreads. Shorter:
   * under churn servers are asked about what is on its way. Longer: partitions merge later by it.
   */
  readonly hintMs: number;
  /**
   * Between two questions. At least the round trip at its worst. Shorter: answered ones are asked
   * again. Longer: who does not answer is known after tries x askMs, which is that much later.
   */
  readonly askMs: number;
  /**
   * Questions without an answer. At loss p each way, all are lost once in (2p)^-n times. Fewer: a
   * lossy moment makes one view lose a server, or not admit it. More: as for `askMs`.
   */
  readonly tries: number;
  /**
   * Questions are spread so that no more than `batch` begin in this time, and as many of those that
   * cannot wait: n hints take n x paceMs / batch. Shorter: receivers' queues overflow. Longer: two
   * large circuits merge later.
   */
  readonly paceMs: number;
  readonly batch: number;
  /**
   * A record that did not stand up is believed if a peer comes with it again after so long; more
   * than tries x askMs, in which that peer finds out for itself. Shorter: the dead may be believed
   * in for a moment. Longer: who cannot reach a server misses it for longer...
   */
  readonly insistMs: number;
  /** ... and before this: then it is forgotten that it did not. */
  readonly forgetMs: number;
}

export type VerifierEffect =
  | { readonly type: 'verify'; readonly seq: number; readonly hint: Member }
  /** The server did not answer. */
  | { readonly type: 'unanswered'; readonly hint: Member };

interface Case {
  hint: Member;
  dueAt: number;
  /** The numbers of the questions so far. */
  readonly asked: number[];
  readonly isRetry: boolean;
}

/** The batch that is being filled: when it goes out, and how many are in it. */
interface Batch {
  at: number;
  size: number;
}

export class Verifier {
  readonly #profile: VerifierProfile;
  readonly #cases = new Map<ServerId, Case>();
  /** Server that did not answer => when; the earliest first. */
  readonly #failed = new Map<ServerId, number>();
  #nextSeq: number;
  #deadline = NEVER;
  /** Two queues, since what is asked at once must not wait for what waits for news. */
  readonly #urgent: Batch = { at: -NEVER, size: 0 };
  readonly #patient: Batch = { at: -NEVER, size: 0 };

  constructor(random: Random, profile: VerifierProfile) {
    this.#profile = profile;
    this.#nextSeq = random.below(0x7fffffff);
  }

  /** How many servers are being asked. */
  get size(): number {
    return this.#cases.size;
  }

  /** Whether a peer insists on a record that did not stand up some time ago. */
  isInsistedOn(now: number, id: ServerId): boolean {
    const failedAt = this.#failed.get(id);
    if (failedAt === undefined) return false;
    const { insistMs, forgetMs } = this.#profile;
    return now - failedAt >= insistMs * MS && now - failedAt <= forgetMs * MS;
  }

  /** Whether the record did not stand up a moment ago: it is not examined again at once. */
  hasFailed(now: number, id: ServerId): boolean {
    const failedAt = this.#failed.get(id);
    return failedAt !== undefined && now - failedAt <= this.#profile.insistMs * MS;
  }

  /** Takes up a hint; `at once` when no news of it can be on its way. */
  examine(now: number, hint: Member, atOnce: boolean): void {
    const open = this.#cases.get(hint.id);
    if (open?.isRetry === false) {
      if (supersedes(hint, open.hint)) open.hint = hint;
      return;
    }
    if (this.#cases.size >= limits.verificationsMax) return;
    const dueAt = atOnce
      ? this.#slot(this.#urgent, now)
      : this.#slot(this.#patient, now + this.#profile.hintMs * MS);
    this.#cases.set(hint.id, { hint, dueAt, asked: [], isRetry: false });
    this.#deadline = Math.min(this.#deadline, dueAt);
  }

  /** Asks a server that fell silent, once. That it does not answer is nothing new. */
  retry(now: number, hint: Member, out: Effects<VerifierEffect>): void {
    if (this.#cases.has(hint.id)) return;
    const retried: Case = { hint, dueAt: now, asked: [], isRetry: true };
    this.#cases.set(hint.id, retried);
    this.#ask(now, hint.id, retried, out);
    this.#deadline = Math.min(this.#deadline, retried.dueAt);
  }

  /** Something better than the hint is known. */
  settle(id: ServerId): void {
    this.#cases.delete(id);
    this.#failed.delete(id);
  }

  /** Of whom we asked with that number; undefined when we did not, or know by now. */
  subjectOf(seq: number): ServerId | undefined {
    for (const [id, each] of this.#cases) if (each.asked.includes(seq)) return id;
    return undefined;
  }

  /** Another server answered: the one that we asked for is not there. */
  mismatched(now: number, id: ServerId, out: Effects<VerifierEffect>): void {
    const each = this.#cases.get(id);
    if (each !== undefined) this.#fail(now, id, each, out);
  }

  deadline(): number {
    return this.#deadline;
  }

  tick(now: number, out: Effects<VerifierEffect>): void {
    if (this.#deadline > now) return;
    let due = NEVER;
    for (const [id, each] of this.#cases) {
      if (each.dueAt <= now) this.#ask(now, id, each, out);
      if (this.#cases.has(id)) due = Math.min(due, each.dueAt);
    }
    this.#deadline = due;
  }

  #ask(now: number, id: ServerId, each: Case, out: Effects<VerifierEffect>): void {
    if (each.asked.length === (each.isRetry ? 1 : this.#profile.tries)) {
      this.#fail(now, id, each, out);
      return;
    }
    const seq = this.#nextSeq++;
    each.asked.push(seq);
    each.dueAt = now + this.#profile.askMs * MS;
    out.push({ type: 'verify', seq, hint: each.hint });
  }

  #fail(now: number, id: ServerId, each: Case, out: Effects<VerifierEffect>): void {
    this.#cases.delete(id);
    if (each.isRetry) return;
    this.#failed.delete(id);
    this.#failed.set(id, now);
    for (const [old, failedAt] of this.#failed) {
      const isOver = now - failedAt > this.#profile.forgetMs * MS;
      if (!isOver && this.#failed.size <= limits.verificationsMax) break;
      this.#failed.delete(old);
    }
    out.push({ type: 'unanswered', hint: each.hint });
  }

  #slot(batch: Batch, from: number): number {
    if (batch.at < from) {
      batch.at = from;
      batch.size = 0;
    }
    if (batch.size >= this.#profile.batch) {
      batch.at += this.#profile.paceMs * MS;
      batch.size = 0;
    }
    batch.size++;
    return batch.at;
  }
}
