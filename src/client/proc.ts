/** A handle to a process. */

import type { Command } from '../element/command.ts';
import type { Waiting } from './options.ts';
import type { Place } from './place.ts';
import { outputOf, stdinOf } from './standard-streams.ts';
import type { ByteSink, ByteSource } from './stream.ts';

/** The state of a process, as peek and wait give it. */
export interface ProcState {
  /** As it was started. */
  readonly Cmd: Command;
  /** Null while it runs, and after exit code 0. */
  readonly Exit: {
    /** The exit code, not 0; absent when a signal ended it, or it never ran. */
    readonly Code?: number;
    /** The signal that ended it, without SIG. */
    readonly Signal?: string;
    /** Why it failed, for people. */
    readonly Message: string;
  } | null;
  /** `unknown` when it could not be started; `continued` never happens here. */
  readonly Phase: 'running' | 'exited' | 'stopped' | 'signaled' | 'continued' | 'unknown';
}

/** A process on the host of some server: its standard streams, its signals and its end. */
export class Proc {
  readonly #place: Place;

  /** @internal */
  constructor(place: Place) {
    this.#place = place;
  }

  /** The full path of its anchor. */
  get path(): string {
    return this.#place.text;
  }

  /**
   * The standard input, for one writer at a time; its `end` closes it, and a program that reads to
   * the end waits for that. A writer that goes away without `end` leaves it open for the next.
   * Writes throw STREAM_BUSY, NOT_RUNNING and the usual.
   */
  stdin(waiting: Waiting = {}): ByteSink {
    return stdinOf(this.#place, waiting);
  }

  /**
   * The standard output, live, for one reader at a time, each byte once: what a reader has not used
   * up when it stops, or is killed, waits for the next. Throws STREAM_BUSY and the usual when read.
   */
  stdout(waiting: Waiting = {}): ByteSource {
    return outputOf(this.#place, 'stdout', waiting);
  }

  /** As `stdout`. */
  stderr(waiting: Waiting = {}): ByteSource {
    return outputOf(this.#place, 'stderr', waiting);
  }

  /** Sends a signal by name, any case, with or without SIG. Throws NOT_RUNNING, BAD_ARGUMENT. */
  async signal(name: string, waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('signal', this.#place.to({ name }).request, waiting);
  }

  /** The final state, once the process has exited, whatever its pipes still hold. Throws the usual. */
  async wait(waiting: Waiting = {}): Promise<ProcState> {
    return (await this.#place.askJson('wait', this.#place.to({}).request, waiting)) as ProcState;
  }

  /** The state of the process now. Throws NO_SUCH_ANCHOR, WRONG_KIND, SERVER_GONE. */
  async peek(waiting: Waiting = {}): Promise<ProcState> {
    return (await this.#place.askJson('peek', this.#place.to({}).request, waiting)) as ProcState;
  }

  /**
   * Removes the element. The process runs on until its server ends, unless `kill` is set: then it and
   * what it started end, also when only the latter is left.
   */
  async scrub(options: Waiting & { readonly kill?: boolean } = {}): Promise<void> {
    const { kill = false } = options;
    await this.#place.ask('scrub', this.#place.to({ kill }).request, options);
  }
}
