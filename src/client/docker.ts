/** A handle to a container. */

import type { Waiting } from './options.ts';
import type { Place } from './place.ts';
import { outputOf, stdinOf } from './standard-streams.ts';
import type { ByteSink, ByteSource } from './stream.ts';

/**
 * The state of a container, as peek and wait give it: what `docker inspect` says. Where the engine
 * does not know the container (yet, or any more), what was known last; `Id` and the like may then be
 * missing, and `State.Status` is one of `created`, `failed` and `removed`.
 */
export interface DockerState {
  /** The one part that is always there. */
  readonly State: {
    /** As the engine has it, or `failed` when it could not be started, or `removed`. */
    readonly Status: string;
    /** Whether it runs. */
    readonly Running: boolean;
    /** 128 and its number for a signal; 127 when it could not be started. */
    readonly ExitCode: number;
    /** Why it could not be started, or the like; empty otherwise. */
    readonly Error: string;
    /** Whether it was killed because it took too much memory. */
    readonly OOMKilled?: boolean;
  };
  readonly [field: string]: unknown;
}

/** A container of the engine of some server: its standard streams, its signals and its end. */
export class Docker {
  readonly #place: Place;

  /** @internal */
  constructor(place: Place) {
    this.#place = place;
  }

  /** The full path of its anchor. */
  get path(): string {
    return this.#place.text;
  }

  /** The standard input; see `Proc.stdin`. */
  stdin(waiting: Waiting = {}): ByteSink {
    return stdinOf(this.#place, waiting);
  }

  /**
   * The standard output; see `Proc.stdout`. Reading throws ENGINE_FAILED, after what had arrived,
   * when the connection to the engine broke.
   */
  stdout(waiting: Waiting = {}): ByteSource {
    return outputOf(this.#place, 'stdout', waiting);
  }

  /** As `stdout`. */
  stderr(waiting: Waiting = {}): ByteSource {
    return outputOf(this.#place, 'stderr', waiting);
  }

  /**
   * Sends a signal to its first process by name, any case, with or without SIG; that process may
   * ignore all but KILL and STOP, and does unless it handles them. Throws NOT_RUNNING, BAD_ARGUMENT,
   * ENGINE_FAILED.
   */
  async signal(name: string, waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('signal', this.#place.to({ name }).request, waiting);
  }

  /** The final state, once it has exited, whatever its pipes still hold. Throws ENGINE_FAILED. */
  async wait(waiting: Waiting = {}): Promise<DockerState> {
    return (await this.#place.askJson('wait', this.#place.to({}).request, waiting)) as DockerState;
  }

  /** The state now, which the engine is asked for. Throws ENGINE_FAILED and the usual. */
  async peek(waiting: Waiting = {}): Promise<DockerState> {
    return (await this.#place.askJson('peek', this.#place.to({}).request, waiting)) as DockerState;
  }

  /**
   * Removes the element, and the container by force. Throws ENGINE_FAILED when the container may be
   * left: the element is gone all the same.
   */
  async scrub(waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('scrub', this.#place.to({ kill: true }).request, waiting);
  }
}
