/**
 * The servers that were heard and are not known: whom to join, and when.
 *
 * All of a circuit hear the same packet, and one join makes two circuits one. So each waits for a
 * random time and looks again whether it still knows nothing of that server; the members of the
 * larger circuit wait for longer. One is tried at a time: that of the largest circuit, of equal ones
 * that with the lowest id, so that many that start at once meet at the same server.
 */

import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { MS, NEVER } from '../time.ts';
import type { Announced } from './packet.ts';
import type { DiscoveryProfile } from './profile.ts';

/** What became of a join. `refused`: it would not help to try again. */
export type JoinOutcome = 'joined' | 'failed' | 'refused';

/** The servers of our circuit, as membership has them; this one included. */
export interface View {
  has(id: ServerId): boolean;
  readonly size: number;
}

interface Candidate {
  server: Announced;
  heardAt: number;
  failures: number;
  /** When it is our turn to join it. */
  dueAt: number;
}

export class Candidates {
  readonly #self: ServerId;
  readonly #view: View;
  readonly #random: Random;
  readonly #profile: DiscoveryProfile;
  /** id => what was heard of it last; those heard first come first. */
  readonly #heard = new Map<ServerId, Candidate>();
  #trying: ServerId | undefined;
  /** When the first of them is due. */
  #dueAt = NEVER;
  #restUntil = -NEVER;

  constructor(self: ServerId, view: View, random: Random, profile: DiscoveryProfile) {
    this.#self = self;
    this.#view = view;
    this.#random = random;
    this.#profile = profile;
  }

  get size(): number {
    return this.#heard.size;
  }

  /** A server that is not in our view has said that it is there. */
  heard(now: number, server: Announced): void {
    const known = this.#heard.get(server.id);
    if (known !== undefined) {
      known.server = server;
      known.heardAt = now;
      return;
    }
    if (this.#heard.size >= limits.candidatesMax) this.#forget(now);
    if (this.#heard.size >= limits.candidatesMax) return;
    const dueAt = now + this.#delayUs(server);
    this.#heard.set(server.id, { server, heardAt: now, failures: 0, dueAt });
    this.#dueAt = Math.min(this.#dueAt, dueAt);
  }

  deadline(): number {
    if (this.#trying !== undefined || this.#heard.size === 0) return NEVER;
    return Math.max(this.#dueAt, this.#restUntil);
  }

  /** Whom to join now; the next one comes after `done`. */
  next(now: number): Announced | undefined {
    if (now < this.deadline()) return undefined;
    this.#forget(now);
    this.#dueAt = NEVER;
    for (const { dueAt } of this.#heard.values()) this.#dueAt = Math.min(this.#dueAt, dueAt);
    if (this.#dueAt > now) return undefined;
    const us = { id: this.#self, size: this.#view.size };
    let best: Announced | undefined;
    for (const { server, dueAt, failures } of this.#heard.values()) {
      // Instead of one that is due, a better one that was heard a moment ago: all choose that one.
      const fits = dueAt <= now || (failures === 0 && precedes(server, us));
      if (fits && (best === undefined || precedes(server, best))) best = server;
    }
    this.#trying = best?.id;
    return best;
  }

  done(now: number, id: ServerId, outcome: JoinOutcome): void {
    if (id !== this.#trying) return;
    this.#trying = undefined;
    const { restMs, retryMs, retryMaxMs } = this.#profile;
    this.#restUntil = now + this.#about(restMs);
    this.#dueAt = now;
    const candidate = this.#heard.get(id);
    if (candidate === undefined) return;
    if (outcome !== 'failed') {
      this.#heard.delete(id);
      return;
    }
    const pauseMs = Math.min(retryMaxMs, retryMs * 2 ** candidate.failures);
    candidate.failures++;
    candidate.dueAt = now + this.#about(pauseMs);
  }

  /** Those that we know by now, and those that have fallen silent. */
  #forget(now: number): void {
    const silentAt = now - this.#profile.forgetMs * MS;
    for (const [id, { heardAt }] of this.#heard) {
      if (id === this.#trying) continue;
      if (this.#view.has(id) || heardAt <= silentAt) this.#heard.delete(id);
    }
  }

  #delayUs(server: Announced): number {
    const { listenMs, joinMs, joinMinMs, joinMaxMs, deferMs } = this.#profile;
    const { size } = this.#view;
    const windowMs = Math.min(joinMaxMs, Math.max(joinMinMs, joinMs * size));
    const isOurs = precedes(server, { id: this.#self, size });
    const leastMs = isOurs ? listenMs : deferMs;
    return Math.ceil((leastMs + this.#random.float() * windowMs) * MS);
  }

  /** So long, or up to half as long again. */
  #about(ms: number): number {
    return Math.ceil(ms * (1 + this.#random.float() / 2) * MS);
  }
}

type Rank = Pick<Announced, 'id' | 'size'>;

/** Whether `a` is the one to join rather than `b`. */
function precedes(a: Rank, b: Rank): boolean {
  return a.size === b.size ? a.id < b.id : a.size > b.size;
}
