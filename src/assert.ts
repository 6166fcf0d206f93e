/** Our own bugs crash: a server that goes on in a state we did not foresee does more harm. */

/** Throws when `condition` is false. On in production. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Closes a switch over a union: reaching it is a bug. */
export function unreachable(value: never): never {
  throw new AssertionError(`unexpected value: ${String(JSON.stringify(value))}`);
}

/** A bug of ours. Never caught to be survived. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
