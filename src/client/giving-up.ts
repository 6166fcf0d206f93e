/** When whoever waits gives up: once told to, or after a time. */

import { CircuitError } from '../errors.ts';
import type { Clock } from '../host/index.ts';
import { MS } from '../time.ts';
import type { Waiting } from './options.ts';

/** Calls `giveUp` when it comes to that, once; what is returned ends it, as nobody waits any more. */
export function onGivingUp(
  clock: Clock,
  { signal, timeoutMs }: Waiting,
  giveUp: (error: CircuitError) => void,
): () => void {
  const end = (error: CircuitError) => {
    stop();
    giveUp(error);
  };
  const abort = () => end(cancelled());
  const late = () => end(new CircuitError('TIMEOUT', `no result within ${timeoutMs} ms`));
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.schedule(clock.now() + Math.ceil(timeoutMs * MS), late);
  const stop = () => {
    timer?.cancel();
    signal?.removeEventListener('abort', abort);
  };
  signal?.addEventListener('abort', abort);
  return stop;
}

export function cancelled(): CircuitError {
  return new CircuitError('CANCELLED', 'the operation was cancelled');
}
