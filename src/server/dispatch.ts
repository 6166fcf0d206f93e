/** From a call to what answers it: the methods of this server. */

import { CircuitError } from '../errors.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { type MethodName, methodNames, type Request, requestCodec } from '../rpc/method.ts';
import { decode } from '../wire/codec.ts';
import { anchorMethods, replyEntries } from './methods/anchors.ts';
import { channelMethods } from './methods/channels.ts';
import type { Handlers, Surroundings } from './methods/handlers.ts';
import { nameMethods } from './methods/names.ts';
import { processMethods } from './methods/processes.ts';
import { serverMethods } from './methods/servers.ts';

const missing = [
  'makeDocker',
  'makeSubscription',
  'makeSelect',
  'suicide',
  'stacks',
  'stats',
  'profile',
  'journal',
] as const;
const notThere = Object.fromEntries(
  missing.map((name) => [
    name,
    () => {
      throw new CircuitError('NOT_SUPPORTED', `${name} is not there yet`);
    },
  ]),
) as unknown as Pick<Handlers, (typeof missing)[number]>;

export class Dispatch {
  readonly #around: Surroundings;
  readonly #handlers: Handlers;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#handlers = {
      ...notThere,
      ...anchorMethods(around),
      ...channelMethods(around),
      ...nameMethods(around),
      ...processMethods(around),
      ...serverMethods(around),
    };
  }

  /** Answers a call meant for this server: with a reply, or with the error that it throws. */
  answer(call: Call, method: number, body: Uint8Array): CallEvents {
    const name = methodNames[method];
    try {
      if (name === undefined) {
        throw new CircuitError('NOT_SUPPORTED', 'the server is of a version without this method');
      }
      const request = decode(requestCodec(name), body);
      if (request === undefined) {
        throw new CircuitError('BAD_ARGUMENT', `the request for "${name}" is malformed`);
      }
      const handle = this.#handlers[name] as (
        call: Call,
        request: Request<MethodName>,
      ) => CallEvents;
      return handle(call, request);
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      call.fail(error);
      return {};
    }
  }

  /** The children of `/`. */
  answerServers(call: Call): CallEvents {
    return replyEntries(
      call,
      this.#around.servers().map((path) => ({ path, kind: 'server' })),
    );
  }
}
