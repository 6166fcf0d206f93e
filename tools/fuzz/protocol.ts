/** What the fuzzer and its threads tell each other. */

import type { Failure } from './trial.ts';

/** What a thread is to do. */
export interface Work {
  readonly targets: readonly string[];
  readonly seed: string;
  readonly folder: string;
  /** Where the thread writes what it is about to try; see `Slot`. */
  readonly shared: SharedArrayBuffer;
  /** Whether to look at which code runs. */
  readonly coverage: boolean;
  /** Fresh inputs of each target; undefined: until told to stop. */
  readonly executions: number | undefined;
  /** Whether the corpus is made smaller at the end. */
  readonly minimize: boolean;
}

export type FromThread =
  | ({ readonly type: 'found'; readonly target: string; readonly input: Uint8Array } & {
      readonly failure: Failure;
    })
  | { readonly type: 'kept'; readonly target: string; readonly input: Uint8Array }
  | { readonly type: 'minimised'; readonly target: string; readonly inputs: readonly Uint8Array[] }
  | { readonly type: 'figures'; readonly figures: readonly Figures[] }
  | { readonly type: 'done' };

/** What came of one target so far. */
export interface Figures {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  readonly entries: number;
  readonly blocks: number;
  readonly characters: number;
}

const HEADER_BYTES = 16;

/** What a thread tries just now, in memory that its parent sees though the thread hangs. */
export class Slot {
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, 4);
    this.#bytes = new Uint8Array(shared, HEADER_BYTES);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + 65_536);
  }

  /** Another number with every input. */
  get count(): number {
    return Atomics.load(this.#head, 0);
  }

  /** Tells the thread to come to an end. */
  stop(): void {
    Atomics.store(this.#head, 3, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#head, 3) === 1;
  }

  set(target: number, input: Uint8Array): void {
    const length = Math.min(input.length, this.#bytes.length);
    this.#bytes.set(input.subarray(0, length));
    Atomics.store(this.#head, 1, length);
    Atomics.store(this.#head, 2, target);
    Atomics.add(this.#head, 0, 1);
  }

  get(): { readonly target: number; readonly input: Uint8Array } {
    const input = this.#bytes.slice(0, Atomics.load(this.#head, 1));
    return { target: Atomics.load(this.#head, 2), input };
  }
}
