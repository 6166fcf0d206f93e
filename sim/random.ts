/**
 * Chance in the simulated world, of two kinds.
 *
 * A host draws from streams: `SimRandom` is seeded by the path of labels that leads to it and by
 * nothing else, so one part of a program drawing more does not disturb another.
 *
 * The environment (latency, loss, disks) draws by key: `keyed` is a function of what is decided and
 * has no state. So a fault or a link can be taken out of a run and every other draw stays as it
 * was, which is what makes it possible to shrink a failing run.
 */

import alea from 'seedrandom/lib/alea.js';
import { assert } from '../src/assert.ts';
import type { Random } from '../src/host/index.ts';

/** A stream of chance, decided by the labels that lead to it and by nothing else but `numbered`. */
export class SimRandom implements Random {
  /** What decides it. */
  readonly path: string;
  /** Made by the first draw: most streams are only forked. */
  #draw: (() => number) | undefined;
  /** label => how often it was forked, where that matters. */
  readonly #forked: Map<string, number> | undefined;

  /**
   * `numbered`: who forks by a label that was forked before gets another stream, in the order of
   * asking, as two clients on one host do.
   */
  constructor(path: string, { numbered = false }: { readonly numbered?: boolean } = {}) {
    this.path = path;
    this.#forked = numbered ? new Map() : undefined;
  }

  float(): number {
    this.#draw ??= alea(this.path);
    return this.#draw();
  }

  below(n: number): number {
    assert(n >= 1 && n <= TWO_32 && Number.isInteger(n), 'below needs an integer from 1 to 2^32');
    // Draws past the last whole multiple of n would favour the small results.
    const limit = TWO_32 - (TWO_32 % n);
    for (;;) {
      const drawn = this.float() * TWO_32;
      if (drawn < limit) return drawn % n;
    }
  }

  /** So many bytes by chance. */
  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.float() * 256;
    return bytes;
  }

  fork(label: string): SimRandom {
    const before = this.#forked?.get(label) ?? 0;
    this.#forked?.set(label, before + 1);
    // The length keeps 'a' then 'b/1:c' apart from 'a/1:b' then 'c', and a number apart from both.
    const number = before === 0 ? '' : `#${before + 1}`;
    return new SimRandom(`${this.path}/${label.length}:${label}${number}`);
  }
}

const TWO_32 = 2 ** 32;

/**
 * An unsigned 32-bit number that is a function of the arguments alone. `a`, `b` and the low part of
 * `n` are taken as 32 bits; `n` may be as large as a time in microseconds.
 */
export function keyed(seed: number, purpose: number, a: number, b: number, n: number): number {
  let h = Math.imul(seed ^ purpose, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ a, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ b, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16) ^ n, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15) ^ (n / TWO_32), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** As `keyed`, a number in [0, 1). */
export function keyedFloat(seed: number, purpose: number, a: number, b: number, n: number): number {
  return keyed(seed, purpose, a, b, n) / TWO_32;
}

/** Turns a seed or the name of a purpose into the 32-bit number that `keyed` takes. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
