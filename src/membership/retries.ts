/**
 * When to try again one of those that fell silent: this is what heals a partition.
 *
 * All together, servers try each of them about once in a tenth of the time it has been away, within
 * bounds. So each server takes its share of all the tries, by chance and without agreement: with n
 * present and d silent it makes one every n/d of that interval. A cut host is tried by everybody
 * seldom; half a circuit is tried by the other half many times a second, in all.
 */

import type { Random } from '../host/random.ts';
import { MS, NEVER } from '../time.ts';
import type { Member } from './member.ts';
import type { Table } from './table.ts';

export interface RetryProfile {
  /** The interval between two tries of one silent server, by whomever: at first... */
  readonly minMs: number;
  /** ... and at last. Longer: less traffic to the dead. Shorter: partitions heal sooner. */
  readonly maxMs: number;
  /** The interval is this share of the time for which it has been silent. */
  readonly share: number;
  /** Between two tries of this server, at least. */
  readonly gapMs: number;
}

export class Retries {
  readonly #random: Random;
  readonly #profile: RetryProfile;
  #dueAt = NEVER;

  constructor(random: Random, profile: RetryProfile) {
    this.#random = random;
    this.#profile = profile;
  }

  deadline(): number {
    return this.#dueAt;
  }

  /** Somebody fell silent: the next try may have to be sooner. */
  begin(now: number, table: Table): void {
    this.#dueAt = Math.min(this.#dueAt, this.#planned(now, now, table));
  }

  /** Whom to try now. */
  tick(now: number, table: Table): Member | undefined {
    if (this.#dueAt > now) return undefined;
    this.#dueAt = NEVER;
    const silent = table.anySilent(this.#random);
    if (silent === undefined) return undefined;
    this.#dueAt = this.#planned(now, silent.at, table);
    return silent.record;
  }

  #planned(now: number, silentSince: number, table: Table): number {
    const { minMs, maxMs, share, gapMs } = this.#profile;
    const away = (now - silentSince) / MS;
    const interval = Math.min(maxMs, Math.max(minMs, away * share));
    const own = (interval * table.size) / Math.max(1, table.silentCount);
    const spread = 0.5 + this.#random.float();
    return now + Math.ceil(Math.max(gapMs, own) * spread * MS);
  }
}
