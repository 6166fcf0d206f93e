/** A handle to a process. */

import { formatPath, type Path } from '../anchor/path.ts';
import type { Command } from '../element/command.ts';
import type { MethodName, Request } from '../rpc/method.ts';
import { ask, invoke, type Target } from './invoke.ts';
import type { Waiting } from './options.ts';
import { ByteSink, ByteSource } from './stream.ts';

/** The state of a process, as peek and wait give it. */
export interface ProcState {
  readonly Cmd: Command;
  /** Null while it runs, and after exit code 0. */
  readonly Exit: {
    readonly Code?: number;
    readonly Signal?: string;
    readonly Message: string;
  } | null;
  readonly Phase: 'running' | 'exited' | 'stopped' | 'signaled' | 'continued' | 'unknown';
}

const decoder = new TextDecoder();

export class Proc {
  readonly #target: Target;
  readonly #path: Path;

  constructor(target: Target, path: Path) {
    this.#target = target;
    this.#path = path;
  }

  get path(): string {
    return formatPath(this.#path);
  }

  /**
   * The standard input, for one writer at a time; its `end` closes it, and a program that reads to
   * the end waits for that. A writer that goes away without `end` leaves it open for the next.
   * Writes throw STREAM_BUSY, NOT_RUNNING and the usual.
   */
  stdin(waiting: Waiting = {}): ByteSink {
    let sink: ByteSink | undefined;
    const finished = invoke<'stdin', void>(
      this.#target,
      'stdin',
      { ...this.#to({}), end: false, credit: 0 },
      waiting,
      (call, settle) => {
        sink = new ByteSink(call);
        return { replied: () => settle.resolve(), room: () => sink?.roomAgain() };
      },
    );
    return (sink as ByteSink).until(finished);
  }

  /**
   * The standard output, live, for one reader at a time, each byte once: what a reader has not used
   * up when it stops, or is killed, waits for the next. Throws STREAM_BUSY and the usual when read.
   */
  stdout(waiting: Waiting = {}): ByteSource {
    return this.#output('stdout', waiting);
  }

  /** As `stdout`. */
  stderr(waiting: Waiting = {}): ByteSource {
    return this.#output('stderr', waiting);
  }

  /** Sends a signal by name, any case, with or without SIG. Throws NOT_RUNNING, BAD_ARGUMENT. */
  async signal(name: string, waiting: Waiting = {}): Promise<void> {
    await this.#ask('signal', { path: this.#below, name }, waiting);
  }

  /** The final state, once the process has exited, whatever its pipes still hold. */
  async wait(waiting: Waiting = {}): Promise<ProcState> {
    return JSON.parse(decoder.decode(await this.#ask('wait', { path: this.#below }, waiting)));
  }

  async peek(waiting: Waiting = {}): Promise<ProcState> {
    return JSON.parse(decoder.decode(await this.#ask('peek', { path: this.#below }, waiting)));
  }

  /** Removes the element. The process runs on unless `kill` is set. */
  async scrub(options: Waiting & { readonly kill?: boolean } = {}): Promise<void> {
    await this.#ask('scrub', { path: this.#below, kill: options.kill ?? false }, options);
  }

  get #below(): string {
    return this.#path.names.join('/');
  }

  #to<R>(request: R) {
    return { server: this.#path.server, request: { path: this.#below, ...request } };
  }

  #ask<M extends MethodName>(
    method: M,
    request: Request<M>,
    waiting: Waiting,
  ): Promise<Uint8Array> {
    return ask(this.#target, method, { server: this.#path.server, request }, waiting);
  }

  #output(name: 'stdout' | 'stderr', waiting: Waiting): ByteSource {
    let source: ByteSource | undefined;
    invoke<typeof name, void>(
      this.#target,
      name,
      { ...this.#to({}), end: false },
      waiting,
      (call, settle) => {
        source = new ByteSource(call, settle.resolve);
        return {
          data: (bytes) => source?.push(bytes),
          ended: () => source?.end(),
          givingUp: () => source?.giveUp(),
        };
      },
    ).catch((error) => source?.fail(error));
    return source as unknown as ByteSource;
  }
}
