/** For targets with sockets: what is thrown outside of every promise is theirs as well. */

import { setImmediate as turn } from 'node:timers/promises';

/** What `work` gives; rejects with what it, or anything that it began, throws meanwhile. */
export async function watched<T>(work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  process.on('uncaughtException', reject);
  process.on('unhandledRejection', reject);
  try {
    const result = await Promise.race([work(), promise]);
    await Promise.race([turn(), promise]);
    return result;
  } finally {
    process.off('uncaughtException', reject);
    process.off('unhandledRejection', reject);
  }
}

/** Resolves once `holds`; turns of the event loop pass until then. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn();
}

/** Resolves once nothing has happened for some turns of the event loop, as `events` counts. */
export async function quiet(events: () => number): Promise<void> {
  let before = events();
  for (let still = 0; still < QUIET_TURNS; still++) {
    await turn();
    if (events() !== before) still = 0;
    before = events();
  }
}

/** More: inputs after which nobody says anything take longer. Fewer: they are cut off sooner. */
const QUIET_TURNS = 20;
