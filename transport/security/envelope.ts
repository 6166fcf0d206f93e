/**
 * What a protected stream carries inside TLS: pieces, each with its length in front as four bytes; a
 * piece of no bytes is the end.
 *
 * TLS has an end of its own, close_notify, by which an end that the peer meant is told from one that
 * somebody on the way made (RFC 8446, section 6.1). Node shows both alike. So the end is said here,
 * where nobody but the peer can say it.
 */

const HEADER = 4;

/** The end. */
export const endMark = new Uint8Array(HEADER);

/** What goes in front of a piece of so many bytes, 1 to 2^32 - 1. */
export function pieceHeader(length: number): Uint8Array {
  const header = new Uint8Array(HEADER);
  new DataView(header.buffer).setUint32(0, length);
  return header;
}

export class Envelope {
  /** The end has come: nothing after it counts. */
  ended = false;
  /** Bytes of the header that comes next, or is coming. */
  readonly #header = new Uint8Array(HEADER);
  #headerLength = 0;
  /** Bytes of the piece under way that are still to come. */
  #left = 0;

  /**
   * Reads on in `bytes` from `at`, up to the end of what belongs together. What it carried, as a
   * view, is empty where there are only headers; `next` is where to read on.
   */
  open(bytes: Uint8Array, at: number): { readonly payload: Uint8Array; readonly next: number } {
    let from = at;
    while (this.#left === 0 && !this.ended && from < bytes.length) {
      this.#header[this.#headerLength++] = bytes[from++] as number;
      if (this.#headerLength === HEADER) this.#begin();
    }
    const next = this.ended ? bytes.length : Math.min(from + this.#left, bytes.length);
    const payload = this.ended ? bytes.subarray(0, 0) : bytes.subarray(from, next);
    this.#left -= payload.length;
    return { payload, next };
  }

  #begin(): void {
    this.#headerLength = 0;
    this.#left = new DataView(this.#header.buffer).getUint32(0);
    this.ended = this.#left === 0;
  }
}
