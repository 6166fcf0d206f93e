/** So many a second, and no more. */

const secondMs = 1_000;

export class Allowance {
  readonly #most: number;
  #left: number;
  #since = 0;

  constructor(aSecond: number) {
    this.#most = aSecond;
    this.#left = aSecond;
  }

  /** Whether there is one more; `now` in ms. */
  take(now: number): boolean {
    if (now - this.#since >= secondMs) {
      this.#since = now;
      this.#left = this.#most;
    }
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
