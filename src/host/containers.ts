import type { ChildEvents, Owned, Pipes } from './spawner.ts';

/** Which container to run. What is undefined is as the image says, or unlimited. */
export interface ContainerCommand {
  readonly image: string;
  readonly memoryBytes: number | undefined;
  readonly cpuShares: number | undefined;
  /** `/inside`, or `/outside:/inside`, or `/outside:/inside:ro`. */
  readonly volumes: readonly string[];
  readonly dir: string | undefined;
  readonly entry: string | undefined;
  /** `KEY=VALUE` each, besides what the image sets. */
  readonly env: readonly string[];
  /** The command; undefined: that of the image. */
  readonly path: string | undefined;
  readonly args: readonly string[];
}

/** As those of a `Child` (see spawner.ts), but for how it starts and ends. */
export interface ContainerEvents
  extends Pick<ChildEvents, 'readable' | 'ended' | 'drained' | 'stdinClosed'> {
  /** It runs. Exactly one of `started` and `failed` is called, and first. */
  started(): void;
  /** It could not be started, and nothing of it is left: why, for people. Nothing follows. */
  failed(reason: string): void;
  /** It ended: the code that the engine tells, which is 128 and its number for a signal. */
  exited(code: number): void;
  /**
   * The engine was lost sight of, and with it whether the container runs: why, for people. What
   * had arrived of its output can be read; no event follows.
   */
  lost(reason: string): void;
}

/** Why the engine did not do something. */
export interface EngineRefusal {
  /** It has no such container; or it does not run; or the engine did not answer, or refused. */
  readonly type: 'missing' | 'idle' | 'failed';
  /** For people. */
  readonly reason: string;
}

/**
 * A container. As with a `Child`, nothing is read but what `read` asks for: one that writes and is
 * not read stops, and costs no memory. Its exit is told all the same. Nothing is to be written
 * before it has `started`, and an output ends only after the container has.
 */
export interface Container extends Pipes {
  /** Sends a signal by its name without SIG to its first process. */
  signal(name: string, done: (refusal: EngineRefusal | undefined) => void): void;
  /** What the engine says of it, as `docker inspect` prints: one JSON object. */
  inspect(done: (state: object | undefined, refusal: EngineRefusal | undefined) => void): void;
  /**
   * Kills it if it runs, and removes it from the engine; also one that is about to start. No event
   * follows; but the output of one that had exited can be read to its end as before.
   */
  remove(done: (refusal: EngineRefusal | undefined) => void): void;
  /** Forgets it: no events follow, and it runs on; what it wrote and writes is thrown away. */
  release(): void;
}

/**
 * The container engine of a host. It owns those that it started: to end them is to remove them from
 * the engine. Of a host that dies they run on.
 */
export interface Containers extends Owned {
  /** Starts a container; what comes of it, the events tell. */
  run(command: ContainerCommand, events: ContainerEvents): Container;
}
