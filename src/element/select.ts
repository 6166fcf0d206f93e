/** A select under an anchor: goes on whether or not anybody listens, and keeps what came of it. */

import { CircuitError } from '../errors.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { replyLong } from '../rpc/long.ts';
import { type Clause, clauseJson, type Selected, selectedJson } from '../select/clause.ts';
import type { Ended, Selecting } from '../select/selecting.ts';
import { done, type Element } from './element.ts';
import { Waiters } from './waiters.ts';

const utf8 = new TextEncoder();

export class SelectElement implements Element {
  readonly kind = 'select';
  readonly #clauses: readonly Clause[];
  readonly #selecting: Selecting;
  readonly #waiters = new Waiters();
  /** Of scrubs, which are answered once nothing can be committed any more. */
  readonly #scrubs = new Waiters();
  #result: Selected | CircuitError | undefined;
  #isScrubbed = false;

  constructor(clauses: readonly Clause[], begin: (ended: Ended) => Selecting) {
    this.#clauses = clauses;
    this.#selecting = begin((result) => this.#ended(result));
  }

  start(): void {
    this.#selecting.start();
  }

  peek(): unknown {
    const result = this.#result;
    const failed = result instanceof CircuitError ? result : undefined;
    const selected = result instanceof CircuitError ? undefined : result;
    return {
      Clauses: this.#clauses.map(clauseJson),
      Phase: result === undefined ? 'waiting' : failed ? 'failed' : 'done',
      Result: selected ? selectedJson(selected, this.#clauses) : null,
      Error: failed
        ? { Code: failed.code, Message: failed.message, OutcomeUnknown: failed.outcomeUnknown }
        : null,
    };
  }

  wait(call: Call): CallEvents {
    return this.#result === undefined ? this.#waiters.add(call) : this.#tell(call);
  }

  /** An attempt that takes effect all the same is told to those who wait. */
  scrub(): void {
    this.#isScrubbed = true;
    this.#selecting.giveUp(new CircuitError('ABORTED', 'the select was scrubbed'));
  }

  readonly scrubbed = (call: Call): CallEvents => {
    if (this.#result === undefined) return this.#scrubs.add(call);
    done(call);
    return {};
  };

  #ended(result: Selected | CircuitError): void {
    this.#result = result;
    if (this.#isScrubbed && result instanceof CircuitError) this.#waiters.fail(result);
    else this.#waiters.answer((call) => this.#tell(call));
    this.#scrubs.answer(done);
  }

  #tell(call: Call): CallEvents {
    return replyLong(call, utf8.encode(JSON.stringify(this.peek())));
  }
}
