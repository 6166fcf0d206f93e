/**
 * What the journal says of a request besides its method and path: what an operator wants to know,
 * and nothing that may be a secret. Environments, arguments and messages are never in it.
 */

import { limits } from '../limits.ts';
import type { MethodName, Request } from '../rpc/method.ts';
import type { Asked } from './operations.ts';

type Details = { readonly [M in MethodName]?: (request: Request<M>) => string | undefined };

const details: Details = {
  list: ({ recursive }) => (recursive ? 'recursive' : undefined),
  scrub: ({ kill }) => (kill ? 'kill' : undefined),
  makeProc: ({ command }) => command.Path,
  makeChan: ({ capacity }) => `capacity ${capacity}`,
  signal: ({ name }) => name,
  join: ({ url }) => url,
  makeDocker: ({ command }) => imageOf(command),
  makeDns: ({ address }) => (address === '' ? undefined : address),
  setRecord: ({ record }) => record,
  unsetRecords: ({ name }) => name,
  makeSubscription: ({ source }) => source,
  profile: ({ ms }) => `${ms} ms`,
};

type Sizes = { readonly [M in MethodName]?: (request: Request<M>) => number };

/** Of the methods that move bytes: how many of them are in the request. */
const sizes: Sizes = {
  send: ({ head }) => head.length,
  trySend: ({ head }) => head.length,
  receive: () => 0,
  tryReceive: () => 0,
  stdin: () => 0,
  stdout: () => 0,
  stderr: () => 0,
};

/** What a request asks for, as the journal has it. */
export function askedOf<M extends MethodName>(method: M, request: Request<M>, by: string): Asked {
  const detail = details[method]?.(request);
  return {
    method,
    path: (request as { readonly path?: string }).path ?? '',
    by,
    detail: detail?.slice(0, limits.journalDetailCharsMax),
    bytes: sizes[method]?.(request),
  };
}

/** The image of a container, when the text is such a command at all. */
function imageOf(command: string): string | undefined {
  try {
    const fields: unknown = JSON.parse(command);
    if (typeof fields !== 'object' || fields === null) return undefined;
    const found = Object.entries(fields).find(([name]) => name.toLowerCase() === 'image');
    return typeof found?.[1] === 'string' ? found[1] : undefined;
  } catch {
    return undefined;
  }
}
