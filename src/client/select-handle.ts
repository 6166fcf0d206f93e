/** A handle to a select at a server. */

import type { ErrorCode } from '../errors.ts';
import type { Waiting } from './options.ts';
import type { Place } from './place.ts';

/** One clause, as peek shows it. */
export interface ClauseState {
  readonly Op: 'send' | 'recv' | 'exit' | 'event';
  readonly Path: string;
  /** What a send sends: as text if it is UTF-8, else as base64. */
  readonly Message?: string;
  readonly Base64?: string;
}

/** What a select did. */
export interface SelectResult {
  /** The index of the clause. */
  readonly Clause: number;
  readonly Op: ClauseState['Op'];
  readonly Path: string;
  /** What was received: as text if it is UTF-8, else as base64. */
  readonly Message?: string;
  readonly Base64?: string;
  /** The channel was closed and there was nothing left to receive. */
  readonly Closed?: true;
  /** The final state of what has exited. */
  readonly State?: unknown;
  /** The path of the server that an event is about. */
  readonly Event?: string;
}

/** The state of a select, as peek and wait give it. */
export interface SelectState {
  readonly Clauses: readonly ClauseState[];
  readonly Phase: 'waiting' | 'done' | 'failed';
  /** Null unless it is done. */
  readonly Result: SelectResult | null;
  /** Null unless it failed: then no clause took effect, unless the outcome is unknown. */
  readonly Error: {
    readonly Code: ErrorCode;
    readonly Message: string;
    readonly OutcomeUnknown: boolean;
  } | null;
}

/** A select at a server, which goes on whether or not a client listens. */
export class Select {
  readonly #place: Place;

  /** @internal */
  constructor(place: Place) {
    this.#place = place;
  }

  /** The full path of its anchor. */
  get path(): string {
    return this.#place.text;
  }

  /** The final state, once a clause was done, or failed. Throws ABORTED when it is scrubbed. */
  async wait(waiting: Waiting = {}): Promise<SelectState> {
    return (await this.#place.askJson('wait', this.#place.to({}).request, waiting)) as SelectState;
  }

  /** Its state. */
  async peek(waiting: Waiting = {}): Promise<SelectState> {
    return (await this.#place.askJson('peek', this.#place.to({}).request, waiting)) as SelectState;
  }

  /** Gives up and removes it. Once this resolves, no clause will be done any more. */
  async scrub(waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('scrub', this.#place.to({ kill: false }).request, waiting);
  }
}
