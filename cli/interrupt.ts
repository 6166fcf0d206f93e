/**
 * What makes a command give up: a signal from the terminal, or the time allowed. The first asks the
 * server to cancel, so that it is known what became of the operation; a second signal ends us.
 */

import { constants } from 'node:os';
import { CircuitError } from '../src/index.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** `error`, or TIMEOUT in its place when it came of the time allowed. */
  explain(error: unknown): unknown;
}

export function interrupts(timeoutSeconds: number | undefined): Interrupt {
  const controller = new AbortController();
  let timedOut = false;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
      controller.abort();
    });
  }
  if (timeoutSeconds !== undefined) {
    const expire = () => {
      timedOut = !controller.signal.aborted;
      controller.abort();
    };
    setTimeout(expire, timeoutSeconds * 1000).unref();
  }
  return {
    signal: controller.signal,
    explain(error) {
      if (!timedOut || !(error instanceof CircuitError) || error.code !== 'CANCELLED') return error;
      const { outcomeUnknown } = error;
      return new CircuitError('TIMEOUT', `no result within ${timeoutSeconds} s`, {
        outcomeUnknown,
      });
    },
  };
}
