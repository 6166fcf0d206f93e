/** The bytes between a process and whoever is at the other end of one of its three streams. */

/** A writer should wait when more than this is unread. */
export const PIPE_BYTES_MAX = 64 * 1024;

export class Pipe {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** The writer will write no more. */
  ended = false;
  /** Whether the writer was told to wait. */
  #waiting = false;

  get empty(): boolean {
    return this.#bytes === 0;
  }

  get full(): boolean {
    return this.#bytes > PIPE_BYTES_MAX;
  }

  /** Returns false when the writer should wait. */
  write(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    if (!this.full) return true;
    this.#waiting = true;
    return false;
  }

  read(bytesMax: number): Uint8Array | undefined {
    const first = this.#chunks[0];
    if (first === undefined || bytesMax < 1) return undefined;
    if (first.length > bytesMax) {
      this.#chunks[0] = first.subarray(bytesMax);
      this.#bytes -= bytesMax;
      return first.subarray(0, bytesMax);
    }
    this.#chunks.shift();
    this.#bytes -= first.length;
    return first;
  }

  /** Whether the writer that waits may go on; true once per wait. */
  relieved(): boolean {
    if (!this.#waiting || this.#bytes > PIPE_BYTES_MAX / 2) return false;
    this.#waiting = false;
    return true;
  }

  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }
}
