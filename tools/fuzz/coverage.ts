/**
 * Which code has run, by V8's own counts of blocks. What has run is a set of places in the source
 * files: those of a block that has run and of no block within it that has not.
 *
 * The counts are taken after many inputs at once, as taking them costs a millisecond or more.
 */

import { type Profiler, Session } from 'node:inspector';

/** file => each of its characters: 1 when it has run. */
export type Seen = Map<string, Uint8Array>;

export class Coverage {
  /** How long looking at it has taken so far. */
  ms = 0;
  readonly #session = new Session();
  readonly #isOurs: (url: string) => boolean;
  #scratch = new Uint8Array(0);

  /** Counts from now on, in those files alone. */
  constructor(isOurs: (url: string) => boolean) {
    this.#isOurs = isOurs;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { detailed: true, callCount: true });
  }

  /** Forgets what has run since it was taken last. */
  drop(): void {
    this.#session.post('Profiler.takePreciseCoverage', () => {});
  }

  /** What has run since it was taken last and is not in `seen`; with `mark`, it is from now on. */
  fresh(seen: Seen, { mark }: { readonly mark: boolean }): number {
    const began = performance.now();
    let fresh = 0;
    for (const script of this.#take()) fresh += this.#script(script, seen, mark);
    this.ms += performance.now() - began;
    return fresh;
  }

  end(): void {
    this.#session.disconnect();
  }

  #take(): Profiler.ScriptCoverage[] {
    let taken: Profiler.ScriptCoverage[] = [];
    // In one thread the answer comes before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, result) => {
      if (error !== null) throw error;
      taken = result.result.filter(({ url }) => this.#isOurs(url));
    });
    return taken;
  }

  #script({ url, functions }: Profiler.ScriptCoverage, seen: Seen, mark: boolean): number {
    let length = 0;
    for (const { ranges } of functions) length = Math.max(length, ranges[0]?.endOffset ?? 0);
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(2 * length);
    const scratch = this.#scratch;
    scratch.fill(0, 0, length);
    // Outer ones come first.
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        scratch.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      }
    }
    let known = seen.get(url);
    if (known === undefined || known.length < length) {
      const grown = new Uint8Array(length);
      if (known !== undefined) grown.set(known);
      known = grown;
      if (mark) seen.set(url, known);
    }
    let fresh = 0;
    for (let at = 0; at < length; at++) {
      if (scratch[at] === 0 || known[at] === 1) continue;
      fresh++;
      if (mark) known[at] = 1;
    }
    return fresh;
  }
}

/** How many pieces of code of those files have run, and how many characters they are. */
export function reached(seen: Seen): { readonly blocks: number; readonly characters: number } {
  let blocks = 0;
  let characters = 0;
  for (const marks of seen.values()) {
    for (let at = 0; at < marks.length; at++) {
      if (marks[at] === 0) continue;
      characters++;
      if (marks[at - 1] !== 1) blocks++;
    }
  }
  return { blocks, characters };
}
