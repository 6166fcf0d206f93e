/** A source of chance. In the simulator it is a function of the seed and the labels alone. */
export interface Random {
  /** A number in [0, 1), with at least 32 bits of it drawn. */
  float(): number;

  /** An integer in [0, n), each equally likely. `n` is an integer from 1 to 2^32. */
  below(n: number): number;

  /** So many bytes, each of them by chance. */
  bytes(count: number): Uint8Array;

  /**
   * An independent stream. Streams of different labels do not disturb each other: drawing from one
   * leaves the next draw of every other as it was.
   */
  fork(label: string): Random;
}
