/**
 * One input, and whether the target takes it as it must: it throws nothing, and allocates no more
 * than the length of the input allows for. A length that an input claims and does not have shows as
 * memory. What V8 itself allocates now and then, such as for a compiled function, is not repeatable:
 * only what comes again is a find.
 */

import { getHeapStatistics } from 'node:v8';
import type { Outcome, Target } from './target.ts';

/** What is wrong. */
export interface Failure {
  /** The same for failures that most likely have one cause. */
  readonly kind: string;
  readonly message: string;
}

const MIB = 1024 * 1024;
const AGAIN = 3;

/** What came of it. */
export type Trial = { readonly outcome: Outcome } | { readonly failure: Failure };

export async function tried(target: Target, input: Uint8Array): Promise<Trial> {
  const first = await measured(target, input);
  if (!('outcome' in first)) return first;
  const bound = boundOf(target, input);
  let { allocated } = first;
  for (let again = 0; allocated > bound && again < AGAIN; again++) {
    const next = await measured(target, input);
    if (!('outcome' in next)) return next;
    allocated = Math.min(allocated, next.allocated);
  }
  if (allocated <= bound) return first;
  const message = `${input.length} bytes of input made it allocate ${allocated} bytes, more than ${bound}`;
  return { failure: { kind: 'allocates', message } };
}

function boundOf({ bytesPerByte = 512, bytesBase = MIB }: Target, input: Uint8Array): number {
  return bytesBase + bytesPerByte * input.length;
}

async function measured(
  target: Target,
  input: Uint8Array,
): Promise<{ outcome: Outcome; allocated: number } | { failure: Failure }> {
  // A copy: what a target keeps, or changes, is its own.
  const own = input.slice();
  const before = getHeapStatistics();
  try {
    const running = target.run(own);
    const outcome = typeof running === 'string' ? running : await running;
    const after = getHeapStatistics();
    const heap = Math.max(0, after.used_heap_size - before.used_heap_size);
    const buffers = Math.max(0, after.external_memory - before.external_memory);
    return { outcome, allocated: heap + buffers };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** Numbers and quoted texts differ from input to input. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: 'threw no error', message: String(error) };
  const [first = ''] = error.message.split('\n');
  const said = first.replace(/"[^"]*"|\d+/g, '#').slice(0, 120);
  return { kind: `${error.name}: ${said}`, message: error.stack ?? error.message };
}
