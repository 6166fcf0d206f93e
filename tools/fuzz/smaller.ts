/** Makes an input that fails as small and plain as it gets. */

const TRIES_MAX = 2_000;

/** `fails` says whether it still fails in the same way. */
export async function smallest(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  let tries = 0;
  const better = async (candidate: Uint8Array) => {
    if (tries++ >= TRIES_MAX || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = best.length; size > 1 && tries < TRIES_MAX; ) {
    size = Math.ceil(size / 2);
    for (let at = 0; at < best.length && tries < TRIES_MAX; ) {
      if (!(await better(without(best, at, size)))) at += size;
    }
  }
  for (let at = 0; at < best.length && tries < TRIES_MAX; at++) {
    for (const plain of [0x00, 0x30, 0x61]) {
      if (best[at] === plain) break;
      const changed = best.slice();
      changed[at] = plain;
      if (await better(changed)) break;
    }
  }
  return best;
}

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const rest = bytes.subarray(at + count);
  const result = new Uint8Array(at + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(rest, at);
  return result;
}
