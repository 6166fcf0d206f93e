/**
 * Copies of short byte strings, many in one buffer: the engine gives every array of more than 64
 * bytes memory of its own, which costs more than all the rest of a simulated datagram. A copy that
 * is kept keeps its 16 KiB neighbourhood alive.
 */

const SLAB_BYTES = 16 * 1024;
const OWN_BYTES_MAX = 64;
const SHARED_BYTES_MAX = 2 * 1024;

export class Slab {
  #slab = new Uint8Array(SLAB_BYTES);
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length <= OWN_BYTES_MAX || length > SHARED_BYTES_MAX) return bytes.slice();
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + length);
    this.#used += length;
    copy.set(bytes);
    return copy;
  }
}
