/**
 * The keys that a host has at the moment, and what it turned away for want of one.
 *
 * Whoever is turned away is counted, and logged now and then: a flood of strangers must not become a
 * flood of lines.
 */

import type { Log } from '../../src/host/log.ts';
import type { Security } from '../../src/host/security.ts';
import type { Address } from '../../src/id.ts';
import { noRefusals, type Refusal } from '../../src/refused.ts';
import type { Key, KeyRing } from './keys.ts';

/** Lines of one kind of refusal are at least so far apart. */
const logEveryMs = 10_000;

export class Vault implements Security {
  readonly refused = noRefusals();
  readonly #log: Log;
  readonly #loggedAt = new Map<Refusal, number>();
  readonly #watchers = new Set<() => void>();
  #ring: readonly Key[];

  /** Without a ring nothing is protected, and that for good. */
  constructor(log: Log, ring: KeyRing | undefined) {
    this.#log = log;
    this.#ring = ring ?? [];
  }

  get keys(): readonly string[] {
    return this.#ring.map(({ id }) => id);
  }

  /** Empty without protection. */
  get ring(): readonly Key[] {
    return this.#ring;
  }

  /** The key with which to seal and to dial; undefined without protection. */
  get first(): Key | undefined {
    return this.#ring[0];
  }

  find(id: string): Key | undefined {
    return this.#ring.find((key) => key.id === id);
  }

  /** From now on these are the keys. */
  replace(ring: KeyRing): void {
    this.#ring = ring;
    for (const changed of this.#watchers) changed();
  }

  /** Calls `changed` after each `replace`; the result ends that. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Counts what was turned away; `from` is for people. */
  refuse(refusal: Refusal, from: Address): void {
    const count = ++this.refused[refusal];
    const now = performance.now();
    if (now - (this.#loggedAt.get(refusal) ?? -logEveryMs) < logEveryMs) return;
    this.#loggedAt.set(refusal, now);
    this.#log.write('warn', 'refused', { why: refusal, from, count });
  }
}
