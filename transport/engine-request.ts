/**
 * One request to a container engine, on the client library's way to it. The library reads answers
 * without a bound, waits on where one was cut off, and makes its errors of whatever the engine says,
 * in a callback whose throws nobody catches. So it is told that any status is the one expected: it
 * then hands over each answer as a stream, and what that says is judged here.
 */

import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { limits } from '../src/limits.ts';

/** What is asked for. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: object;
  readonly body?: object;
  /** Gives it up, and its answer. */
  readonly signal: AbortSignal;
}

/** The engine did not do it. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** Of HTTP; undefined where there was none. */
  readonly statusCode: number | undefined;

  constructor(message: string, statusCode?: number) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** An answer whose status is known, and whose body is to be read. */
export interface EngineAnswer {
  readonly status: number;
  readonly stream: Readable;
}

/** What is asked of the connection besides: that it becomes a stream both ways. */
interface Upgrade {
  readonly hijack: true;
  /** The caller will write. */
  readonly openStdin: boolean;
}

/** Of the sentences of an engine, so much is told. */
const REASON_CHARS = 1_000;

/** The JSON that is answered, undefined for none. Rejects with EngineError, or that of the system. */
export async function ask(docker: Docker, request: EngineRequest): Promise<unknown> {
  const { status, stream } = await dial(docker, request);
  const json = await jsonIn(stream);
  if (status >= 400 || status < 200) throw refusal(status, json);
  return json;
}

/** An answer that is read as it comes: its status is that of success. */
export async function follow(docker: Docker, request: EngineRequest): Promise<Readable> {
  const { status, stream } = await dial(docker, request);
  if (status === 200) return stream;
  throw refusal(status, await jsonIn(stream));
}

/** A connection that has become a stream. */
export async function hijack(
  docker: Docker,
  request: EngineRequest,
  how: { readonly openStdin: boolean },
): Promise<Readable> {
  const { status, stream } = await dial(docker, request, { hijack: true, ...how });
  if (status === 101) return stream;
  throw refusal(status, await jsonIn(stream));
}

/** What the stream says until it ends. Rejects where that is too long, cut off, or no JSON. */
export async function jsonIn(stream: Readable): Promise<unknown> {
  const text = await textIn(stream);
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Of an engine that answers in words.
    return text.trim();
  }
}

function textIn(stream: Readable): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    stream.on('error', () => {});
    stream.on('data', (part: Uint8Array) => {
      bytes += part.length;
      parts.push(part);
      if (bytes <= limits.engineAnswerBytesMax) return;
      reject(new EngineError('its answer is too long'));
      close(stream);
    });
    stream.once('end', () => resolve(Buffer.concat(parts).toString()));
    stream.once('close', () => reject(new EngineError('its answer was cut off')));
  });
}

function dial(
  docker: Docker,
  { method, path, query = {}, body = {}, signal }: EngineRequest,
  how?: Upgrade,
): Promise<EngineAnswer> {
  let status = 101;
  // Whatever it is, it is as expected; and so it is learnt here.
  const statusCodes = new Proxy<Record<number, boolean>>(
    {},
    {
      get(_, name) {
        status = Number(name);
        return true;
      },
    },
  );
  const options = { _query: query, _body: body };
  const asked = { method, path: `${path}?`, options, statusCodes, abortSignal: signal };
  return new Promise((resolve, reject) => {
    docker.modem.dial({ ...asked, isStream: true, ...how }, (error: unknown, answer: unknown) => {
      if (error) {
        reject(error);
        return;
      }
      const stream = answer as Readable;
      stream.on('error', () => {});
      resolve({ status, stream });
    });
  });
}

/** What the library makes of an answer that did not become a stream cannot be destroyed as it is. */
function close(stream: Readable): void {
  const { req } = stream as Readable & { readonly req?: { destroy(): void } };
  if (req === undefined) stream.destroy();
  else req.destroy();
}

function refusal(status: number, json: unknown): EngineError {
  const { message } = (json ?? {}) as { readonly message?: unknown };
  const said = typeof message === 'string' ? message : json;
  const reason = typeof said === 'string' ? said.trim().slice(0, REASON_CHARS) : '';
  return new EngineError(reason === '' ? `it answers with status ${status}` : reason, status);
}
