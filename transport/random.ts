/**
 * Chance from the operating system's generator, drawn in pools: one call of it costs as much as a
 * few hundred numbers. Every draw is independent of every other, so a fork needs no more than a
 * pool of its own. The generator is loaded with the first draw: it is a tenth of the start of a
 * command that may draw nothing.
 */

import { assert } from '../src/assert.ts';
import type { Random } from '../src/host/random.ts';

const poolBytes = 1024;
const two32 = 2 ** 32;

export class NodeRandom implements Random {
  readonly #pool = new Uint32Array(poolBytes / 4);
  #used = poolBytes / 4;

  float(): number {
    const high = this.#draw() >>> 5;
    const low = this.#draw() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  below(n: number): number {
    assert(Number.isInteger(n) && n >= 1 && n <= two32, `below(${n}) asks for nothing`);
    const fair = two32 - (two32 % n);
    for (;;) {
      const drawn = this.#draw();
      if (drawn < fair) return drawn % n;
    }
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    if (count > 64) return fill(bytes);
    let word = 0;
    for (let i = 0; i < count; i++) {
      word = i % 4 === 0 ? this.#draw() : word >>> 8;
      bytes[i] = word;
    }
    return bytes;
  }

  fork(_label: string): Random {
    return new NodeRandom();
  }

  /** The next 32 bits. */
  #draw(): number {
    if (this.#used === this.#pool.length) {
      fill(this.#pool);
      this.#used = 0;
    }
    return this.#pool[this.#used++] as number;
  }
}

function fill<T extends Uint8Array | Uint32Array>(array: T): T {
  return process.getBuiltinModule('node:crypto').randomFillSync(array);
}
