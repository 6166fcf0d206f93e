/**
 * Delta debugging (Zeller and Hildebrandt 2002): makes a list that fails smaller while it fails.
 *
 * First nothing at all is tried, then the list without each of its halves, quarters, and so on down
 * to single items, until no single item can be left out any more. Only complements are tried: the
 * parts alone hardly ever fail where what is left after many tries does not. Later items go first,
 * as what came late is the least likely cause. After a part was left out, the rest is gone through
 * once before parts get smaller: what was needed a moment ago is not tried again.
 */

/** Yields lists to try, is sent whether each fails as well, and returns the smallest that does. */
export function* ddmin<T>(items: readonly T[]): Generator<readonly T[], readonly T[], boolean> {
  let left = items;
  if (left.length > 0 && (yield [])) return [];
  let size = Math.ceil(left.length / 2);
  while (left.length > 1) {
    let smaller = false;
    for (let end = left.length; end > 0; end -= size) {
      const candidate = without(left, end, size);
      if (candidate.length > 0 && (yield candidate)) {
        left = candidate;
        smaller = true;
      }
    }
    if (size === 1 && !smaller) break;
    size = Math.max(1, Math.min(size, left.length) >> 1);
  }
  return left;
}

/** Every list that is one part smaller: without halves, quarters, ..., single items. */
export function* smaller<T>(items: readonly T[]): Generator<readonly T[], void> {
  if (items.length === 0) return;
  yield [];
  for (let size = items.length >> 1; size > 0; size >>= 1) {
    for (let end = items.length; end > 0; end -= size) yield without(items, end, size);
  }
}

/** The list without up to `size` items before `end`. */
function without<T>(items: readonly T[], end: number, size: number): readonly T[] {
  return [...items.slice(0, Math.max(0, end - size)), ...items.slice(end)];
}
