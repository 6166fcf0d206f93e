/**
 * The errors a caller may handle. There is one class; the `code` is stable and is what programs
 * look at, the message is one sentence for people that says what to do.
 */

import type { LimitName } from './limits.ts';

/** Every code, with what it means. The number is the exit code of the command line. */
export const errorCodes = {
  /** The arguments do not make sense: a malformed path, number, JSON or option. */
  BAD_ARGUMENT: 2,
  /** No server of the circuit has this id. */
  NO_SUCH_SERVER: 3,
  /** Nothing is at this path. */
  NO_SUCH_ANCHOR: 4,
  /** The anchor already has an element. */
  ANCHOR_BUSY: 5,
  /** The element at this path is of another kind than the operation needs. */
  WRONG_KIND: 6,
  /** The channel is closed: nothing more can be sent, or nothing more is left to receive. */
  CHANNEL_CLOSED: 7,
  /** The element was scrubbed while the operation waited. */
  ABORTED: 8,
  /** The other end of a message went away before the message was complete. */
  PEER_GONE: 9,
  /** The server that hosts the element, or the one dialled, is gone. */
  SERVER_GONE: 10,
  /** The time allowed is over. */
  TIMEOUT: 11,
  /** The caller cancelled. */
  CANCELLED: 12,
  /** No server could be dialled. */
  DIAL_FAILED: 13,
  /** A bound of the system was reached; see limits.ts. */
  LIMIT: 14,
  /** The process, container or name server could not be started. */
  SPAWN_FAILED: 15,
  /** The process is not in the state the operation needs, e.g. it has exited. */
  NOT_RUNNING: 16,
  /** Somebody else is attached to this stream of the process. */
  STREAM_BUSY: 17,
  /** The peer broke the protocol, or speaks another version of it. */
  PROTOCOL: 18,
  /** This server cannot do that. */
  NOT_SUPPORTED: 19,
  /** The server is of a circuit with another name. */
  WRONG_CIRCUIT: 20,
  /** The operation would have to wait, and was not to. */
  WOULD_BLOCK: 21,
  /** The container engine of the server does not answer, or refuses. */
  ENGINE_FAILED: 22,
  /** The two sides have no key in common, or one of them has none at all. */
  WRONG_KEY: 23,
} as const;

/** The kinds of errors; `errorCodes` has their numbers. */
export type ErrorCode = keyof typeof errorCodes;

/** Where the engine has it: how many calls deep it looks for each new error. */
const engine: ErrorConstructor & { stackTraceLimit?: number } = Error;

/**
 * An error that the caller may handle. What is wrong with an argument is thrown where it was given,
 * and has a stack that says so. All others are made when an answer comes or fails to: their stack
 * would show nothing but our own event loop, and took most of the time that a refusal takes.
 */
export class CircuitError extends Error {
  override readonly name = 'CircuitError';
  readonly code: ErrorCode;
  /** True when the operation may have taken effect all the same. */
  readonly outcomeUnknown: boolean;

  constructor(code: ErrorCode, message: string, options: { outcomeUnknown?: boolean } = {}) {
    const depth = engine.stackTraceLimit ?? 10;
    if (code !== 'BAD_ARGUMENT') engine.stackTraceLimit = 0;
    super(message);
    engine.stackTraceLimit = depth;
    this.code = code;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}

/** The same error, of an operation that may have taken effect. */
export function unknownOutcome(error: CircuitError): CircuitError {
  if (error.outcomeUnknown) return error;
  return new CircuitError(error.code, error.message, { outcomeUnknown: true });
}

/** What is wrong with what somebody wrote. */
export function badArgument(message: string): CircuitError {
  return new CircuitError('BAD_ARGUMENT', message);
}

/** The error of who goes past a limit: `what` is about it, and its name and value are added. */
export function pastLimit(what: string, name: LimitName, value: number): CircuitError {
  return new CircuitError('LIMIT', `${what} (limit ${name}: ${value})`);
}

/** Whether `text` is one of our codes: a peer may be of another version. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
