/** What answers calls: one function a method, in one file for each kind of element. */

import type { Budget } from '../../budget.ts';
import type { ServerStats } from '../../element/stats.ts';
import type { CircuitError } from '../../errors.ts';
import type { Host } from '../../host/index.ts';
import type { CircuitUrl, ServerId } from '../../id.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Stamps } from '../../journal/stamp.ts';
import type { Limits } from '../../limits.ts';
import type { Call, CallEvents } from '../../rpc/call.ts';
import type { MethodName, membersCodec, Request } from '../../rpc/method.ts';
import type { Of } from '../../wire/schema.ts';
import type { Namespace } from '../namespace.ts';
import type { Operations } from '../operations.ts';
import type { Parts } from '../parts.ts';
import type { Subscriptions } from '../subscriptions.ts';

/** Answers a call with a reply, or with the CircuitError that it throws. */
export type Handlers = {
  readonly [M in MethodName]: (call: Call, request: Request<M>) => CallEvents;
};

/** What the methods need of the server around them. */
export interface Surroundings {
  readonly host: Host;
  readonly id: ServerId;
  readonly url: string;
  readonly limits: Limits;
  /** For what is kept for peers. */
  readonly held: Budget;
  readonly parts: Parts;
  readonly journal: Journal;
  readonly operations: Operations;
  readonly stamps: Stamps;
  readonly space: Namespace;
  /** What DNS servers were sent that was no query: counted here, and told in the server's peek. */
  readonly queries: { malformed: number };
  readonly subscriptions: Subscriptions;
  /** The servers, as the children of `/`. */
  servers(): readonly string[];
  roster(): Of<typeof membersCodec>;
  join(url: CircuitUrl, done: (error: CircuitError | undefined) => void): void;
  leave(): void;
  /** Ends the server at once: the others find out. */
  die(): void;
  /** What the server is doing, as text, and what it takes and does, in numbers. */
  stacks(): string;
  stats(): ServerStats;
}
