/**
 * The end of what runs for a server: processes and containers. All are asked to end; what has not
 * after a grace is ended by force; and what does not end even then, such as a process that waits for
 * a broken disk, is not waited for.
 */

import type { Clock, Owned } from '../host/index.ts';
import { MS, SECOND } from '../time.ts';

/** How often it is looked whether anything is left. Shorter: the end is noticed sooner. */
const LOOK_US = 10 * MS;
/** How long what was ended by force may take. Longer: a server waits for what may never end. */
const FORCED_US = 2 * SECOND;

/** An end under way. */
export interface Ending {
  /** Ends at once, by force, what is left. */
  hurry(): void;
}

/** Calls `over` once nothing is left, or nothing more can be done; from within if nothing is. */
export function endAll(
  clock: Clock,
  all: readonly Owned[],
  { graceUs, over }: { readonly graceUs: number; readonly over: () => void },
): Ending {
  let forceAt = clock.now() + graceUs;
  let forced = false;
  const isLeft = () => all.some(({ left }) => left > 0);
  const force = () => {
    forced = true;
    forceAt = clock.now();
    for (const each of all) each.kill();
  };
  const look = () => {
    const now = clock.now();
    if (!forced && now >= forceAt) force();
    if (!isLeft() || (forced && now >= forceAt + FORCED_US)) over();
    else clock.schedule(now + LOOK_US, look);
  };
  if (isLeft()) for (const each of all) each.terminate();
  look();
  return {
    hurry: () => {
      if (!forced) force();
    },
  };
}
