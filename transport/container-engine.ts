/**
 * Requests to the container engine of this host, or of the one that DOCKER_HOST names. Each is
 * answered within a bound, and what went wrong is said in words.
 */

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { getSystemErrorMessage } from 'node:util';
import type Docker from 'dockerode';
import { CircuitError } from '../src/errors.ts';
import type { ContainerCommand, EngineRefusal } from '../src/host/containers.ts';
import { isOwnerGone, ownerLabel } from './container-owner.ts';
import { ask, EngineError, type EngineRequest, follow, hijack, jsonIn } from './engine-request.ts';

/** How long the engine may take for anything that does not wait for a container. */
const usualAnswerMs = 60_000;
/** The same when it is asked whether it is there at all. */
const pingMs = 10_000;

/** A wait under way. `ended` gives the exit code, or undefined when the connection broke. */
export interface Watch {
  readonly ended: Promise<number | undefined>;
  cancel(): void;
}

export class ContainerEngine {
  readonly #docker: Docker;
  readonly #answerMs: number;

  /** `answerMs`: what the engine may take, for tests. */
  constructor(docker: Docker, { answerMs = usualAnswerMs } = {}) {
    this.#docker = docker;
    this.#answerMs = answerMs;
  }

  /** Throws ENGINE_FAILED. */
  async ping(): Promise<void> {
    try {
      await within(pingMs, (signal) => this.#ask({ method: 'GET', path: '/_ping', signal }));
    } catch (error) {
      throw new CircuitError(
        'ENGINE_FAILED',
        `the container engine at ${await this.#address()} does not answer (${reasonOf(error)}): ` +
          'start it, or let DOCKER_HOST name another one, or leave out -docker',
      );
    }
  }

  /** `owner`: which process it is to end with, as a label says it; undefined: with none. */
  async create(name: string, command: ContainerCommand, owner: string | undefined): Promise<void> {
    // Never that of its image, which may have been made of another container of ours.
    const body = { ...creation(command), Labels: { [ownerLabel]: owner ?? '' } };
    const path = '/containers/create';
    const what = { method: 'POST', path, query: { name }, body } as const;
    await within(this.#answerMs, (signal) => this.#ask({ ...what, signal }));
  }

  /** Standard output, and the same connection takes standard input; or standard error. */
  async attach(name: string, output: 'stdout' | 'stderr'): Promise<Socket> {
    const openStdin = output === 'stdout';
    const query = { stream: true, [output]: true, ...(openStdin ? { stdin: true } : {}) };
    // The library sends what has a body at once, and else waits for the first that is written.
    const path = `/containers/${name}/attach`;
    const what = { method: 'POST', path, query, body: query } as const;
    const socket = await within(this.#answerMs, (signal) =>
      hijack(this.#docker, { ...what, signal }, { openStdin }),
    );
    return socket as Socket;
  }

  /** Resolves once the engine watches: it then tells of the next exit, however soon that is. */
  async watch(name: string): Promise<Watch> {
    const cancelling = new AbortController();
    const { signal } = cancelling;
    const query = { condition: 'next-exit' };
    const what = { method: 'POST', path: `/containers/${name}/wait`, query, signal } as const;
    const cancel = () => cancelling.abort();
    const answer = await within(this.#answerMs, (late) => {
      late.addEventListener('abort', cancel);
      return follow(this.#docker, what);
    });
    return { ended: exitCodeIn(answer), cancel };
  }

  async start(name: string): Promise<void> {
    const what = { method: 'POST', path: `/containers/${name}/start` } as const;
    await within(this.#answerMs, (signal) => this.#ask({ ...what, signal }));
  }

  async kill(name: string, signalName: string): Promise<void> {
    const query = { signal: `SIG${signalName}` };
    const what = { method: 'POST', path: `/containers/${name}/kill`, query } as const;
    await within(this.#answerMs, (signal) => this.#ask({ ...what, signal }));
  }

  async inspect(name: string, timeoutMs = this.#answerMs): Promise<object> {
    const what = { method: 'GET', path: `/containers/${name}/json` } as const;
    const state = await within(timeoutMs, (signal) => this.#ask({ ...what, signal }));
    if (isObject(state)) return state;
    throw new EngineError('its answer is not the state of a container');
  }

  /** With the volumes that have no name. A container that is not there, or about to go, is gone. */
  async remove(name: string): Promise<void> {
    const query = { force: true, v: true };
    const what = { method: 'DELETE', path: `/containers/${name}`, query } as const;
    try {
      await within(this.#answerMs, (signal) => this.#ask({ ...what, signal }));
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      const going = statusCode === 409 && /already in progress/.test(reasonOf(error));
      if (statusCode !== 404 && !going) throw error;
    }
  }

  /** Removes the containers of owners that are gone. Resolves with their names. */
  async removeLeft(): Promise<string[]> {
    const query = { all: true, filters: { label: [ownerLabel] } };
    const what = { method: 'GET', path: '/containers/json', query } as const;
    const labelled = await within(this.#answerMs, (signal) => this.#ask({ ...what, signal }));
    const removed: string[] = [];
    for (const { name, owner } of ownedIn(labelled)) {
      if (!isOwnerGone(owner)) continue;
      await this.remove(name);
      removed.push(name);
    }
    return removed;
  }

  #ask(request: EngineRequest): Promise<unknown> {
    return ask(this.#docker, request);
  }

  async #address(): Promise<string> {
    const host = process.env['DOCKER_HOST'] ?? '';
    if (host !== '') return host;
    const modem = this.#docker.modem as unknown as { getSocketPath(): Promise<string> };
    return await modem.getSocketPath();
  }
}

/** What the engine, or the system on the way to it, says is wrong. */
export function reasonOf(error: unknown): string {
  const { errno, message } = error as { errno?: number; message: string };
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : message.trim();
}

export function refusalOf(error: unknown): EngineRefusal {
  const { statusCode } = error as { statusCode?: number };
  const reason = reasonOf(error);
  if (statusCode === 404) return { type: 'missing', reason };
  if (statusCode === 409) return { type: 'idle', reason };
  return { type: 'failed', reason: `the container engine failed: ${reason}` };
}

function creation(command: ContainerCommand): object {
  const { volumes, path, args } = command;
  const words = [...(path === undefined ? [] : [path]), ...args];
  const mounted = volumes.filter((volume) => !volume.includes(':'));
  return {
    Image: command.image,
    ...(words.length === 0 ? {} : { Cmd: words }),
    ...(command.entry === undefined ? {} : { Entrypoint: [command.entry] }),
    ...(command.dir === undefined ? {} : { WorkingDir: command.dir }),
    Env: command.env,
    Volumes: Object.fromEntries(mounted.map((volume) => [volume, {}])),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    HostConfig: {
      Binds: volumes.filter((volume) => volume.includes(':')),
      ...(command.memoryBytes === undefined ? {} : { Memory: command.memoryBytes }),
      ...(command.cpuShares === undefined ? {} : { CpuShares: command.cpuShares }),
    },
  };
}

async function exitCodeIn(answer: Readable): Promise<number | undefined> {
  const json = await jsonIn(answer).catch(() => undefined);
  const { StatusCode } = (json ?? {}) as { readonly StatusCode?: unknown };
  return Number.isSafeInteger(StatusCode) ? (StatusCode as number) : undefined;
}

/**
 * Of a list of containers those with a name of ours, and with an owner. The label alone says nothing: of
 * an image that was made of one of ours, everybody's containers have it.
 */
function ownedIn(list: unknown): { name: string; owner: string }[] {
  return (Array.isArray(list) ? list : []).filter(isObject).flatMap((each) => {
    const { Names, Labels } = each as { readonly Names?: unknown; readonly Labels?: unknown };
    const [name = ''] = Array.isArray(Names) ? Names : [];
    const owner = isObject(Labels) ? (Labels as Record<string, unknown>)[ownerLabel] : undefined;
    const isNamed = typeof name === 'string' && /^\/via-circuit-[0-9a-f]{16}$/.test(name);
    return isNamed && typeof owner === 'string' ? [{ name: name.slice(1), owner }] : [];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Rejects when it takes longer; the client library by itself may wait for ever. */
function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = new AbortController();
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms / 1_000} s`));
      giveUp.abort();
    }, ms);
    work(giveUp.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
