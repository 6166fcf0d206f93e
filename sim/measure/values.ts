/**
 * The values of one measure, and what they come to. Ten thousand servers that tell of ten thousand
 * departures are a hundred million values: so many are kept to a thousandth, and no longer one by one.
 */

/** What all values come to; a percentile is the least value that so many do not exceed. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Values that are kept as they are: 8 bytes each. More: memory. Fewer: rounded sooner. */
const EXACT_MAX = 2 ** 22;

/** Of the high word of a value, what is dropped: it keeps ten binary digits after the first. */
const DROPPED = 0x3ff;

const value64 = new Float64Array(1);
const words = new Uint32Array(value64.buffer);
/** Where the high word is. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

export class Values {
  readonly #exactMax: number;
  #exact: number[] = [];
  /** rounded value => how many there were; undefined while all are kept as they are. */
  #rounded: Map<number, number> | undefined;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(exactMax = EXACT_MAX) {
    this.#exactMax = exactMax;
  }

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (this.#rounded === undefined) {
      this.#exact.push(value);
      if (this.#exact.length > this.#exactMax) this.#round();
    } else {
      bump(this.#rounded, value);
    }
  }

  summary(): Summary {
    return {
      count: this.#count,
      min: this.#min,
      mean: this.#sum / this.#count,
      p50: this.#percentile(0.5),
      p99: this.#percentile(0.99),
      max: this.#max,
    };
  }

  #round(): void {
    this.#rounded = new Map();
    for (const value of this.#exact) bump(this.#rounded, value);
    this.#exact = [];
  }

  #percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    if (this.#rounded === undefined) {
      return Float64Array.from(this.#exact).sort()[rank - 1] as number;
    }
    let seen = 0;
    for (const [value, count] of [...this.#rounded].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= rank) return Math.min(this.#max, Math.max(this.#min, value));
    }
    return this.#max;
  }
}

function bump(counts: Map<number, number>, value: number): void {
  const rounded = roundedOf(value);
  counts.set(rounded, (counts.get(rounded) ?? 0) + 1);
}

/** Towards zero, by a thousandth at most. */
function roundedOf(value: number): number {
  value64[0] = value;
  words[HIGH] = (words[HIGH] as number) & ~DROPPED;
  words[1 - HIGH] = 0;
  return value64[0];
}
