/** Waiting on several operations, of which exactly one is done. */

import { CircuitError } from '../errors.ts';
import type { Random } from '../host/index.ts';
import { assertCount, assertMessage, type Clause, elementPath } from '../select/clause.ts';
import { Selecting } from '../select/selecting.ts';
import type { Chan } from './chan.ts';
import { cancelled, onGivingUp } from './giving-up.ts';
import type { Target } from './invoke.ts';
import type { Waiting } from './options.ts';
import type { Subscription } from './subscription.ts';

/** What has an end that can be waited for: a process, a container, or a select at a server. */
export interface Waitable {
  /** The full path of its anchor. */
  readonly path: string;
  /** Its final state. */
  wait(waiting?: Waiting): Promise<unknown>;
}

/** One operation that a select may do. The handles may be of any client of the circuit. */
export type SelectClause =
  /** Sends the message, of at most 32 KiB. */
  | { readonly send: Chan; readonly message: Uint8Array | string }
  | { readonly receive: Chan }
  /** Waits until it is over, which does nothing to it. */
  | { readonly exit: Waitable }
  /** Receives the next event. */
  | { readonly event: Subscription };

/** What came of a select, when it was clause `C`, whose index is `I`. */
type ResultOf<C, I> = C extends { readonly send: Chan }
  ? { readonly op: 'send'; readonly index: I }
  : C extends { readonly receive: Chan }
    ?
        | {
            readonly op: 'receive';
            readonly index: I;
            readonly closed: false;
            readonly message: Uint8Array;
          }
        /** The channel is closed, and there is nothing left to receive. */
        | {
            readonly op: 'receive';
            readonly index: I;
            readonly closed: true;
            readonly message: undefined;
          }
    : C extends { readonly exit: infer W extends Waitable }
      ? { readonly op: 'exit'; readonly index: I; readonly state: Awaited<ReturnType<W['wait']>> }
      : C extends { readonly event: Subscription }
        ? { readonly op: 'event'; readonly index: I; readonly path: string }
        : never;

type IndexOf<Key> = Key extends `${infer Index extends number}` ? Index : number;

/** What came of a select: `op` and `index` tell which clause it was, and so what else there is. */
export type Selected<C extends readonly SelectClause[] = readonly SelectClause[]> = {
  [Key in keyof C]: ResultOf<C[Key], IndexOf<Key>>;
}[number];

/** No clause could be done without waiting. */
export interface Otherwise {
  readonly op: 'otherwise';
  readonly index: undefined;
}

/** How a select is to wait. */
export interface SelectOptions extends Waiting {
  /** Does not wait: when no clause can be done at once, the result says so. */
  readonly otherwise?: boolean | undefined;
}

/** @internal */
export function select(
  target: Target,
  random: Random,
  clauses: readonly SelectClause[],
  options: SelectOptions,
): Promise<Selected | Otherwise> {
  const { signal, otherwise = false } = options;
  const { session, clock } = target;
  return new Promise((resolve, reject) => {
    const selecting = new Selecting(
      {
        ...{ session, clock, random, clauses: clausesOf(clauses), wait: !otherwise },
        bytesMax: Number.POSITIVE_INFINITY,
      },
      (result) => {
        over();
        if (result instanceof CircuitError) reject(result);
        else resolve(result);
      },
    );
    const over = onGivingUp(clock, options, (error) => selecting.giveUp(error));
    if (signal?.aborted) selecting.giveUp(cancelled());
    else selecting.start();
  });
}

/** Throws BAD_ARGUMENT, LIMIT. */
export function clausesOf(clauses: readonly SelectClause[]): readonly Clause[] {
  assertCount(clauses.length);
  return clauses.map(clauseOf);
}

function clauseOf(clause: SelectClause): Clause {
  if ('receive' in clause) return { op: 'receive', path: elementPath(clause.receive.path) };
  if ('event' in clause) return { op: 'event', path: elementPath(clause.event.path) };
  if ('exit' in clause) return { op: 'exit', path: elementPath(clause.exit.path) };
  const message =
    typeof clause.message === 'string' ? encoder.encode(clause.message) : clause.message;
  assertMessage(message);
  return { op: 'send', path: elementPath(clause.send.path), message };
}

const encoder = new TextEncoder();
