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
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.length; ) {
      const without = Uint8Array.of(...best.subarray(0, at), ...best.subarray(at + size));
      if (!(await better(without))) at += size;
    }
  }
  for (let at = 0; at < best.length; at++) {
    for (const plain of [0x00, 0x30, 0x61]) {
      if (best[at] === plain) break;
      const changed = best.slice();
      changed[at] = plain;
      if (await better(changed)) break;
    }
  }
  return best;
}
