/** Calls as promises: deadlines, cancellation, and what comes of them. */

import { CircuitError, unknownOutcome } from '../errors.ts';
import type { Clock } from '../host/index.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { type MethodName, methodNumber, type Request, requestCodec } from '../rpc/method.ts';
import type { Session } from '../rpc/session.ts';
import { MS } from '../time.ts';
import { encode } from '../wire/codec.ts';
import { cancelled, onGivingUp } from './giving-up.ts';
import type { Waiting } from './options.ts';

/** How long a server may take to say what became of a cancelled call. */
const GRACE_MS = 2_000;

export interface Target {
  readonly session: Session;
  readonly clock: Clock;
}

/** What is heard on a call; `givingUp` is told before the server is asked to cancel. */
export type Listening = CallEvents & { givingUp?(): void };

/** Settles the promise of a call; the first of the two counts. */
export interface Settle<T> {
  resolve(value: T): void;
  reject(error: CircuitError): void;
}

/**
 * Opens a call and resolves as `listen` decides. When the caller gives up, the server is asked to
 * cancel, and its answer is what counts: the operation was either done, or had no effect. Without
 * an answer the error says that the outcome is unknown.
 */
export function invoke<M extends MethodName, T>(
  target: Target,
  method: M,
  to: { server: ServerId | undefined; request: Request<M>; end?: boolean; credit?: number },
  waiting: Waiting,
  listen: (call: () => Call, settle: Settle<T>) => Listening,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let givenUp: CircuitError | undefined;
    const clean: (() => void)[] = [];
    let settled = false;
    const settle: Settle<T> = {
      resolve: (value) => {
        if (settled) return;
        settled = true;
        for (const undo of clean) undo();
        resolve(value);
      },
      reject: (error) => {
        if (settled) return;
        settled = true;
        for (const undo of clean) undo();
        const isOurs = error.code === 'CANCELLED' && !error.outcomeUnknown;
        reject(isOurs && givenUp !== undefined ? givenUp : error);
      },
    };
    let call: Call | undefined;
    const events = listen(() => call as Call, settle);
    const body = encode(requestCodec(method), to.request);
    if (body.length > limits.bodyBytesMax) {
      settle.reject(
        new CircuitError('LIMIT', `a request holds ${limits.bodyBytesMax} bytes at most`),
      );
      return;
    }
    if (waiting.signal?.aborted) {
      settle.reject(cancelled());
      return;
    }
    call = target.session.open(
      { method: methodNumber(method), target: to.server, body },
      { end: to.end ?? true, credit: to.credit ?? limits.streamWindowBytes },
      {
        // Who hears a stream alone is told of its end also when none follows.
        replied: (_body, end) => {
          if (end) events.ended?.();
        },
        ...events,
        failed: (error) => {
          events.failed?.(error);
          settle.reject(error);
        },
      },
    );
    const giveUp = (error: CircuitError) => {
      givenUp = error;
      events.givingUp?.();
      call?.cancel();
      const grace = target.clock.schedule(target.clock.now() + GRACE_MS * MS, () => {
        const unknown = unknownOutcome(error);
        call?.fail(unknown);
        settle.reject(unknown);
      });
      clean.push(() => grace.cancel());
    };
    if (settled) return;
    clean.push(onGivingUp(target.clock, waiting, giveUp));
  });
}

/** A call whose answer is one body, however long. */
export function ask<M extends MethodName>(
  target: Target,
  method: M,
  to: { server: ServerId | undefined; request: Request<M> },
  waiting: Waiting,
): Promise<Uint8Array> {
  return invoke(target, method, to, waiting, (call, settle) => {
    const parts: Uint8Array[] = [];
    return {
      replied: (body, end) => {
        parts.push(body);
        if (end) settle.resolve(body);
      },
      data: (bytes) => {
        parts.push(bytes);
        call().grant(bytes.length);
      },
      ended: () => settle.resolve(concat(parts)),
    };
  });
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
