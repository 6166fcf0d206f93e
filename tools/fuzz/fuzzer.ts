/**
 * Fuzzes one target: replays what is known, then makes inputs of that, and keeps those that reach
 * code that no other reached, or end in another outcome.
 */

import type { Coverage, Seen } from './coverage.ts';
import { Draw } from './draw.ts';
import { INPUT_BYTES_MAX, mutated } from './mutate.ts';
import { smallest } from './smaller.ts';
import { bytesOf, type Target } from './target.ts';
import { type Failure, type Trial, tried } from './trial.ts';

/** An input that a target does not take as it must. */
export interface Find {
  readonly input: Uint8Array;
  readonly failure: Failure;
}

export interface FuzzerEvents {
  /** Before each input is tried: it may never end. */
  trying(input: Uint8Array): void;
  /** It did something new. */
  kept(input: Uint8Array): void;
  found(find: Find): void;
}

/** Generated inputs to begin with. */
const SEEDS = 50;
/** Inputs that are kept in memory; then old ones make room. */
const KEPT_MAX = 2_000;
/** Of what is tried now and then, and never kept. */
const LONG_BYTES = 100_000;
const OUTCOMES_MAX = 256;
/** Kinds of failures of one target, each of which is made smaller and told once. */
const KINDS_MAX = 10;

export class Fuzzer {
  readonly target: Target;
  readonly seen: Seen = new Map();
  executions = 0;
  readonly #draw: Draw;
  readonly #coverage: Coverage | undefined;
  readonly #events: FuzzerEvents;
  readonly #entries: Uint8Array[];
  readonly #words: readonly Uint8Array[];
  readonly #outcomes = new Set<string>();
  readonly #kinds = new Set<string>();

  /** Without `coverage`, only other outcomes are new. */
  constructor(
    target: Target,
    how: {
      readonly seed: string;
      readonly coverage: Coverage | undefined;
      readonly entries: readonly Uint8Array[];
      readonly events: FuzzerEvents;
    },
  ) {
    this.target = target;
    this.#draw = new Draw(`${how.seed}/${target.name}`);
    this.#coverage = how.coverage;
    this.#entries = [...how.entries];
    this.#events = how.events;
    this.#words = (target.words ?? []).map(bytesOf);
  }

  /** How many inputs it makes others of. */
  get entries(): number {
    return this.#entries.length;
  }

  /** Tries what is known already. */
  async replay(): Promise<void> {
    const known = this.#entries.slice();
    this.#coverage?.drop();
    for (const input of known) await this.#try(input);
    this.#coverage?.fresh(this.seen, { mark: true });
    if (known.length > 0) return;
    const seeds = Array.from({ length: SEEDS }, () => this.target.generate(this.#draw));
    await this.#tryAll([new Uint8Array(0), ...seeds]);
  }

  /** Tries so many fresh inputs. */
  async fresh(count: number): Promise<void> {
    await this.#tryAll(Array.from({ length: count }, () => this.#make()));
  }

  /** The fewest and shortest of the entries that reach all that they reach together. */
  async minimised(entriesMax: number): Promise<Uint8Array[]> {
    const seen: Seen = new Map();
    const outcomes = new Set<string>();
    const kept: Uint8Array[] = [];
    this.#coverage?.drop();
    for (const input of this.#entries.toSorted((a, b) => a.length - b.length)) {
      const trial = await this.#tried(input);
      if (!('outcome' in trial)) continue;
      const fresh = this.#coverage?.fresh(seen, { mark: true }) ?? 0;
      if (fresh === 0 && outcomes.has(trial.outcome)) continue;
      outcomes.add(trial.outcome);
      if (kept.length < entriesMax) kept.push(input);
    }
    return kept;
  }

  #make(): Uint8Array {
    const draw = this.#draw;
    const way = draw.below(10);
    if (way === 0) return draw.exactly(draw.below(draw.oneIn(8) ? 1_024 : 48));
    if (way === 1) return this.target.generate(draw).subarray(0, INPUT_BYTES_MAX);
    if (way === 2 && draw.oneIn(100)) return this.#long();
    const some = () =>
      this.#entries.length === 0 || draw.oneIn(4)
        ? this.target.generate(draw)
        : draw.pick(this.#entries);
    return mutated(draw, some(), { other: some(), words: this.#words });
  }

  /** What costs more than its length shows when it is long. */
  #long(): Uint8Array {
    const draw = this.#draw;
    const some = draw.boolean() ? this.target.generate(draw) : draw.pick(this.#entries);
    const at = draw.below(some.length + 1);
    const block = some.slice(at, at + 1 + draw.below(16));
    const times = Math.ceil(LONG_BYTES / Math.max(1, block.length));
    const repeated = Array.from({ length: times }, () => block);
    return new Uint8Array(Buffer.concat([some.subarray(0, at), ...repeated, some.subarray(at)]));
  }

  async #tryAll(inputs: readonly Uint8Array[]): Promise<void> {
    const novel: Uint8Array[] = [];
    for (const input of inputs) {
      const outcome = await this.#try(input);
      if (outcome === undefined || this.#outcomes.has(outcome)) continue;
      if (this.#outcomes.size >= OUTCOMES_MAX) continue;
      this.#outcomes.add(outcome);
      novel.push(input);
    }
    if ((this.#coverage?.fresh(this.seen, { mark: false }) ?? 0) > 0) {
      await this.#whichOf(inputs);
      // What only came of all of them together, such as by a cache, is not looked for again.
      for (const input of inputs) await this.#tried(input);
      this.#coverage?.fresh(this.seen, { mark: true });
    }
    for (const input of novel) this.#keep(input);
  }

  /** Finds, by halves, those that reach something new. */
  async #whichOf(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) await this.#tried(input);
    const isOne = inputs.length === 1;
    if ((this.#coverage?.fresh(this.seen, { mark: isOne }) ?? 0) === 0) return;
    if (isOne) {
      this.#keep(inputs[0] as Uint8Array);
      return;
    }
    const middle = inputs.length >> 1;
    await this.#whichOf(inputs.slice(0, middle));
    await this.#whichOf(inputs.slice(middle));
  }

  #keep(input: Uint8Array): void {
    if (input.length > INPUT_BYTES_MAX || this.#entries.includes(input)) return;
    if (this.#entries.length >= KEPT_MAX) this.#entries.shift();
    this.#entries.push(input);
    this.#events.kept(input);
  }

  async #try(input: Uint8Array): Promise<string | undefined> {
    this.executions++;
    const trial = await this.#tried(input);
    if ('outcome' in trial) return trial.outcome;
    await this.#failed(input, trial.failure);
    return undefined;
  }

  /** Says what is tried before it is: it may never come back. */
  #tried(input: Uint8Array): Promise<Trial> {
    this.#events.trying(input);
    return tried(this.target, input);
  }

  async #failed(input: Uint8Array, failure: Failure): Promise<void> {
    if (this.#kinds.has(failure.kind) || this.#kinds.size >= KINDS_MAX) return;
    this.#kinds.add(failure.kind);
    let last = failure;
    const least = await smallest(input, async (candidate) => {
      const trial = await this.#tried(candidate);
      if (!('failure' in trial) || trial.failure.kind !== failure.kind) return false;
      last = trial.failure;
      return true;
    });
    this.#events.found({ input: least, failure: last });
  }
}
