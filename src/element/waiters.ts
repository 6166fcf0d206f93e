/** Calls that wait until something is over. */

import { CircuitError } from '../errors.ts';
import type { Call, CallEvents } from '../rpc/call.ts';

export class Waiters {
  readonly #calls = new Set<Call>();

  add(call: Call): CallEvents {
    this.#calls.add(call);
    return {
      cancelled: () => {
        this.#calls.delete(call);
        call.fail(new CircuitError('CANCELLED', 'the wait was cancelled'));
      },
      failed: () => void this.#calls.delete(call),
    };
  }

  /** It is over: each is told, once. */
  answer(tell: (call: Call) => void): void {
    for (const call of this.#calls) tell(call);
    this.#calls.clear();
  }

  fail(error: CircuitError): void {
    this.answer((call) => call.fail(error));
  }
}
