/**
 * Requests to the container engine of this host, or of the one that DOCKER_HOST names. Each is
 * answered within a bound, and what went wrong is said in words.
 */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { getSystemErrorMessage } from 'node:util';
import type Docker from 'dockerode';
import { CircuitError } from '../src/errors.ts';
import type { ContainerCommand, EngineRefusal } from '../src/host/containers.ts';
import { isOwnerGone, ownerLabel } from './container-owner.ts';

/** How long the engine may take for anything that does not wait for a container. */
const answerMs = 60_000;
/** The same when it is asked whether it is there at all. */
const pingMs = 10_000;

/** A wait under way. `ended` gives the exit code, or undefined when the connection broke. */
export interface Watch {
  readonly ended: Promise<number | undefined>;
  cancel(): void;
}

export class ContainerEngine {
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** Throws ENGINE_FAILED. */
  async ping(): Promise<void> {
    try {
      await within(pingMs, () => this.#docker.ping());
    } catch (error) {
      throw new CircuitError(
        'ENGINE_FAILED',
        `the container engine at ${await this.#address()} does not answer (${reasonOf(error)}): ` +
          'start it, or let DOCKER_HOST name another one, or leave out -docker',
      );
    }
  }

  /** `owner`: which process it is to end with, as a label says it; undefined: with none. */
  async create(
    name: string,
    command: ContainerCommand,
    owner: string | undefined,
  ): Promise<Docker.Container> {
    const labels = owner === undefined ? {} : { Labels: { [ownerLabel]: owner } };
    const options = { _query: { name }, _body: { ...creation(command), ...labels } };
    return within(answerMs, (abortSignal) =>
      this.#docker.createContainer({
        ...(options as unknown as Docker.ContainerCreateOptions),
        abortSignal,
      }),
    );
  }

  /** Standard output, and the same connection takes standard input; or standard error. */
  async attach(container: Docker.Container, output: 'stdout' | 'stderr'): Promise<Socket> {
    const streams = output === 'stdout' ? { stdin: true, stdout: true } : { stderr: true };
    const socket = await within(answerMs, (abortSignal) =>
      container.attach({ ...streams, stream: true, hijack: true, abortSignal }),
    );
    return socket as unknown as Socket;
  }

  /** Resolves once the engine watches: it then tells of the next exit, however soon that is. */
  async watch(container: Docker.Container): Promise<Watch> {
    const cancelling = new AbortController();
    const request = {
      path: `/containers/${container.id}/wait?`,
      method: 'POST',
      isStream: true,
      abortSignal: cancelling.signal,
      statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
      options: { condition: 'next-exit' },
    };
    const dialled = new Promise<IncomingMessage>((resolve, reject) => {
      this.#docker.modem.dial(request, (error: unknown, answer: unknown) => {
        if (error) reject(error);
        else resolve(answer as IncomingMessage);
      });
    });
    const cancel = () => cancelling.abort();
    const answer = await within(answerMs, (late) => {
      late.addEventListener('abort', cancel);
      return dialled;
    });
    return { ended: exitCodeIn(answer), cancel };
  }

  start(container: Docker.Container): Promise<unknown> {
    return within(answerMs, (abortSignal) => container.start({ abortSignal }));
  }

  kill(container: Docker.Container, signal: string): Promise<unknown> {
    return within(answerMs, (abortSignal) =>
      container.kill({ signal: `SIG${signal}`, abortSignal }),
    );
  }

  inspect(container: Docker.Container, timeoutMs = answerMs): Promise<object> {
    return within(timeoutMs, (abortSignal) => container.inspect({ abortSignal }));
  }

  /** With the volumes that have no name. A container that is not there, or about to go, is gone. */
  async remove(container: Docker.Container): Promise<void> {
    try {
      await within(answerMs, (abortSignal) =>
        container.remove({ force: true, v: true, abortSignal }),
      );
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      const going = statusCode === 409 && /already in progress/.test(reasonOf(error));
      if (statusCode !== 404 && !going) throw error;
    }
  }

  /** Removes the containers of owners that are gone. Resolves with their names. */
  async removeLeft(): Promise<string[]> {
    const labelled = await within(answerMs, (abortSignal) =>
      this.#docker.listContainers({ all: true, filters: { label: [ownerLabel] }, abortSignal }),
    );
    const removed: string[] = [];
    for (const { Id, Names, Labels } of labelled) {
      if (!isOwnerGone(Labels[ownerLabel] ?? '')) continue;
      await this.remove(this.#docker.getContainer(Id));
      removed.push((Names[0] ?? Id).replace(/^\//, ''));
    }
    return removed;
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
  const { json, errno, message } = error as {
    json?: { message?: string };
    errno?: number;
    message: string;
  };
  if (typeof json?.message === 'string') return json.message.trim();
  if (typeof errno === 'number') return getSystemErrorMessage(errno);
  return message.trim();
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

function exitCodeIn(answer: IncomingMessage): Promise<number | undefined> {
  return new Promise((resolve) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => {
      text += part;
    });
    answer.on('error', () => {});
    answer.once('close', () => {
      try {
        resolve((JSON.parse(text) as { StatusCode: number }).StatusCode);
      } catch {
        resolve(undefined);
      }
    });
  });
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
