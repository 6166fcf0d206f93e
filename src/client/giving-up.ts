/** When whoever waits gives up: once told to, or after a time. */

import { CircuitError } from '../errors.ts';
import type { Clock } from '../host/index.ts';
import { MS } from '../time.ts';
import type { Waiting } from './options.ts';

/** Calls `giveUp` when it comes to that; what is returned is called when it no longer matters. */
export function onGivingUp(
  clock: Clock,
  { signal, timeoutMs }: Waiting,
  giveUp: (error: CircuitError) => void,
): () => void {
  const abort = () => giveUp(cancelled());
  const late = () => giveUp(new CircuitError('TIMEOUT', `no result within ${timeoutMs} ms`));
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.schedule(clock.now() + Math.ceil(timeoutMs * MS), late);
  signal?.addEventListener('abort', abort, { once: true });
  return () => {
    timer?.cancel();
    signal?.removeEventListener('abort', abort);
  };
}

export function cancelled(): CircuitError {
  return new CircuitError('CANCELLED', 'the operation was cancelled');
}
