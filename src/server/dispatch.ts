/** From a call to what answers it: the methods of this server. */

import { CircuitError } from '../errors.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { type MethodName, methodNames, type Request, requestCodec } from '../rpc/method.ts';
import { decode } from '../wire/codec.ts';
import { askedOf } from './details.ts';
import { anchorMethods, replyEntries } from './methods/anchors.ts';
import { channelMethods } from './methods/channels.ts';
import { containerMethods } from './methods/containers.ts';
import type { Handlers, Surroundings } from './methods/handlers.ts';
import { journalMethods } from './methods/journal.ts';
import { nameMethods } from './methods/names.ts';
import { processMethods } from './methods/processes.ts';
import { selectMethods } from './methods/selects.ts';
import { serverMethods } from './methods/servers.ts';
import { subscriptionMethods } from './methods/subscriptions.ts';

export class Dispatch {
  readonly #around: Surroundings;
  readonly #handlers: Handlers;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#handlers = {
      ...anchorMethods(around),
      ...channelMethods(around),
      ...containerMethods(around),
      ...journalMethods(around),
      ...nameMethods(around),
      ...processMethods(around),
      ...selectMethods(around),
      ...serverMethods(around),
      ...subscriptionMethods(around),
    };
  }

  /**
   * Answers a call meant for this server: with a reply, or with the error that it throws. `by` is
   * who asks.
   */
  answer(call: Call, method: number, body: Uint8Array, by: string): CallEvents {
    const name = methodNames[method];
    const request = name === undefined ? undefined : decode(requestCodec(name), body);
    const { operations } = this.#around;
    const operation = operations.begin(
      call,
      name === undefined || request === undefined
        ? { method: name ?? `method ${method}`, path: '', by }
        : askedOf(name, request, by),
    );
    let events: CallEvents = {};
    try {
      events = this.#handle(call, name, request);
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      call.fail(error);
    }
    operations.handled(operation);
    return events;
  }

  /** The children of `/`. */
  answerServers(call: Call, by: string): CallEvents {
    const { operations } = this.#around;
    const operation = operations.begin(call, { method: 'list', path: undefined, by });
    const events = replyEntries(
      call,
      this.#around.servers().map((path) => ({ path, kind: 'server' })),
    );
    operations.handled(operation);
    return events;
  }

  #handle(
    call: Call,
    name: MethodName | undefined,
    request: Request<MethodName> | undefined,
  ): CallEvents {
    if (name === undefined) {
      throw new CircuitError('NOT_SUPPORTED', 'the server is of a version without this method');
    }
    if (request === undefined) {
      throw new CircuitError('BAD_ARGUMENT', `the request for "${name}" is malformed`);
    }
    const handle = this.#handlers[name] as (call: Call, request: Request<MethodName>) => CallEvents;
    return handle(call, request);
  }
}
