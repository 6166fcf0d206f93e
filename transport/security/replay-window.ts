/**
 * Which packets of one sender were taken: each at most once.
 *
 * A sender numbers its packets upwards. The highest number taken and a bit for each of the 1,024 below
 * it are kept; what is older still counts as taken. A sender has one sequence for all that it sends to,
 * so between two packets for us there may be many for others: few bits would drop honest packets that
 * overtook each other.
 *
 * RFC 4303, section 3.4.3; the ring of words that are never shifted is RFC 6479.
 */

/** Bits of a word. */
const wordBits = 32;
/** One word more than the window needs: the word that the highest number is in is being filled. */
const words = 33;

/** How far below the highest number taken one may be, and still be new. */
export const windowPackets = (words - 1) * wordBits;

export class ReplayWindow {
  #highest = -1;
  readonly #taken = new Uint32Array(words);

  /** Whether the packet of that number was not taken yet, for all we know. */
  isNew(counter: number): boolean {
    if (counter > this.#highest) return true;
    if (counter <= this.#highest - windowPackets) return false;
    return ((this.#taken[wordOf(counter)] as number) & bitOf(counter)) === 0;
  }

  /** Takes it, once it is certain who sent it; false if it was taken. */
  take(counter: number): boolean {
    if (!this.isNew(counter)) return false;
    if (counter > this.#highest) this.#advance(counter);
    const word = wordOf(counter);
    this.#taken[word] = (this.#taken[word] as number) | bitOf(counter);
    return true;
  }

  /** Empties the words that are entered, which held numbers that are too old by now. */
  #advance(counter: number): void {
    const from = Math.floor(this.#highest / wordBits);
    const to = Math.floor(counter / wordBits);
    for (let word = Math.max(from + 1, to - words + 1); word <= to; word++) {
      this.#taken[word % words] = 0;
    }
    this.#highest = counter;
  }
}

function wordOf(counter: number): number {
  return Math.floor(counter / wordBits) % words;
}

function bitOf(counter: number): number {
  return 1 << (counter % wordBits);
}
