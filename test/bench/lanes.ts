/** Many of the same at once, and how fast they go. */

import { cpuMs } from './children.ts';
import type { Sample } from './figure.ts';

/** Runs `work` `count` times, at most `lanes` at once. */
export async function inLanes(
  lanes: number,
  count: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}

/** How many a second, and the CPU microseconds that each took, here and in `pids`. */
export async function rate(
  count: number,
  pids: readonly number[],
  work: () => Promise<unknown>,
): Promise<Sample> {
  const cpu = cpuMs(pids);
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  return { value: count / (ms / 1000), cpu: ((cpuMs(pids) - cpu) * 1000) / count };
}
