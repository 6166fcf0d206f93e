/** Chance for generators and mutations: what they choose from, decided by a seed. */

import { SimRandom } from '../../sim/random.ts';
import type { Address, CircuitName, RunId, ServerId } from '../../src/id.ts';

/** Where numbers change their length, their sign or their meaning. */
const edges = [
  ...[0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 512, 1_000, 1_024],
  ...[4_095, 4_096, 16_383, 16_384, 32_767, 32_768, 65_535, 65_536, 1_048_576, 1_114_112],
  ...[2_097_151, 2_097_152, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0xffffffffffff],
  ...[2 ** 49, 2 ** 52, Number.MAX_SAFE_INTEGER],
] as const;

const letters = 'abcXYZ012 _-./\\"\'@$%:;()[]{}=,*#~\t\n\r\u0000\u007f\u0080éß\u2028漢🙂\ud800';

export class Draw {
  readonly #random: SimRandom;

  constructor(seed: string) {
    this.#random = new SimRandom(seed);
  }

  below(n: number): number {
    return this.#random.below(n);
  }

  /** True once in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  boolean(): boolean {
    return this.below(2) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** An integer from 0 to `max`, often one where something changes. */
  integer(max: number = Number.MAX_SAFE_INTEGER): number {
    if (this.oneIn(8)) return max;
    if (this.boolean()) return Math.min(max, this.pick(edges));
    return Math.floor(this.#random.float() * Math.min(max, 10 ** this.below(16)));
  }

  /** Mostly few, at most `max`. */
  count(max: number): number {
    return this.below(1 + Math.min(max, this.oneIn(10) ? 300 : 4));
  }

  bytes(max = 40): Uint8Array {
    return this.#random.bytes(this.count(max));
  }

  /** Of so many bytes. */
  exactly(count: number): Uint8Array {
    return this.#random.bytes(count);
  }

  list<T>(max: number, item: () => T): T[] {
    return Array.from({ length: this.count(max) }, item);
  }

  optional<T>(item: () => T): T | undefined {
    return this.boolean() ? item() : undefined;
  }

  /** Well-formed text of at most `max` UTF-16 units. */
  text(max = 60): string {
    const all = Array.from({ length: this.count(max) }, () => letters[this.below(letters.length)]);
    return all.join('').toWellFormed().slice(0, max).toWellFormed();
  }

  hex16(): string {
    return Buffer.from(this.exactly(8)).toString('hex');
  }

  /** Few, so that some are the same. */
  server(): ServerId {
    const id = this.oneIn(4) ? this.hex16() : `000000000000000${this.below(8)}`;
    return `X${id}` as ServerId;
  }

  run(): RunId {
    return `Q${this.hex16()}` as RunId;
  }

  circuit(): CircuitName {
    return this.pick(['', 'prod', 'a.b-c_d', 'x'.repeat(64)]) as CircuitName;
  }

  address(): Address {
    const host = this.pick([
      '127.0.0.1',
      '10.0.0.1',
      'host',
      '[::1]',
      'a.example',
      'x'.repeat(253),
    ]);
    return `${host}:${this.pick([0, 1, 80, 11022, 65_535])}` as Address;
  }

  url(): string {
    return `circuit://${this.address()}${this.boolean() ? `/${this.below(99_999)}/${this.run()}` : ''}`;
  }

  path(): string {
    return this.list(6, () =>
      this.pick(['c', 'p', 'hi', 'é', '..', 'x'.repeat(40), this.text(8)]),
    ).join('/');
  }
}
