/** How far one simulation is, as a line. */

import type { Progress } from '../../sim/index.ts';

/** `seconds`: wall-clock, since it began. */
export function progressText(progress: Progress, seconds: number): string {
  const { virtualUs, lengthUs, events, servers } = progress;
  const virtual = virtualUs / 1e6;
  const rate = virtual / seconds;
  const of = lengthUs === undefined ? '' : ` of ${(lengthUs / 1e6).toFixed(0)}`;
  const left =
    lengthUs === undefined
      ? ''
      : `, ${Math.max(0, (lengthUs / 1e6 - virtual) / rate).toFixed(0)} s left`;
  return (
    `${virtual.toFixed(0)}${of} virtual s, ${servers} servers, ${events} events, ` +
    `${rate.toFixed(1)} times real time${left}`
  );
}
