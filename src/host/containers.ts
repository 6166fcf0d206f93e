import type { ChildEvents, Pipes } from './spawner.ts';

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

/** As a `Child` (see spawner.ts): a container that is not read stops, and costs no memory. */
export interface Container extends Pipes {
  /** Sends a signal by its name without SIG. `done` gets an error for people. */
  signal(name: string, done: (error: string | undefined) => void): void;
  /** What the engine says of it, as `docker inspect` prints: one JSON object. */
  inspect(done: (state: unknown, error: string | undefined) => void): void;
  /** Kills it if it runs, and removes it from the engine. */
  remove(done: (error: string | undefined) => void): void;
  /** Forgets it: no events follow, and it runs on; what it writes is thrown away. */
  release(): void;
}

/** The container engine of a host. */
export interface Containers {
  /** `started` gives the number of the container's first process. */
  run(command: ContainerCommand, events: ChildEvents): Container;
}
