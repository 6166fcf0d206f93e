/** What to run. `env` undefined means the environment of the server; `dir` likewise. */
export interface ProgramCommand {
  readonly path: string;
  /** Without the program's own name. */
  readonly args: readonly string[];
  readonly dir: string | undefined;
  /** `KEY=VALUE` each. */
  readonly env: readonly string[] | undefined;
}

/** The streams that a process writes. */
export type Output = 'stdout' | 'stderr';

/** How a process ended. */
export type ExitStatus =
  | { readonly type: 'code'; readonly code: number }
  | { readonly type: 'signal'; readonly signal: string };

/** What a process tells. */
export interface ChildEvents {
  /** The process runs. Exactly one of `started` and `failed` is called, and first. */
  started(pid: number): void;
  /** It could not be started: `reason` is the operating system's, for people. Nothing follows. */
  failed(reason: string): void;
  /** `read(output)` has something to give. */
  readable(output: Output): void;
  /** Everything was read and the output has ended. May come before or after `exited`. */
  ended(output: Output): void;
  /** After a `write` that returned false: standard input takes more. */
  drained(): void;
  /** The process no longer reads its standard input; what was unread is lost. */
  stdinClosed(): void;
  /** The process ended. Its output may still hold something to read. */
  exited(status: ExitStatus): void;
}

/**
 * The standard streams of a process. Nothing is read from its output but what `read` asks for: a
 * process that writes and is not read stops when the pipe is full, and costs the server no memory.
 */
export interface Pipes {
  /** Returns false when the process is slower than we write; wait for `drained`. */
  write(bytes: Uint8Array): boolean;
  /** Closes standard input once everything written was taken. */
  endStdin(): void;
  /** At most `bytesMax` bytes, or undefined when there are none now; `readable` will tell. */
  read(output: Output, bytesMax: number): Uint8Array | undefined;
}

/** A process, and everything that it started and that did not leave it by `setsid`: its group. */
export interface Child extends Pipes {
  /** Sends a signal by its name without SIG to the group. False when the process is gone. */
  signal(name: string): boolean;
  /** Kills the group, and what the process has left in it when it is gone. */
  kill(): void;
  /** Whether the process is stopped, as by STOP. */
  stopped(): boolean;
  /**
   * Forgets the process: no events follow, and it runs on, though not longer than its host; what it
   * writes is thrown away.
   */
  release(): void;
}

/**
 * What runs on a host for its server, and ends with it: in order by these, and by force when the
 * host is closed or dies.
 */
export interface Owned {
  /** How much of it there is. None where it may outlive its server. */
  readonly left: number;
  /** Asks all of it to end, by TERM; what is stopped continues. */
  terminate(): void;
  /** Ends all of it by force. */
  kill(): void;
}

/** Starts processes on the host, and owns their groups, also of those that were released. */
export interface Spawner extends Owned {
  /** Groups of processes that are there, owned or not, released ones included. */
  readonly running: number;
  /** Starts a process; what comes of it, the events tell. */
  spawn(command: ProgramCommand, events: ChildEvents): Child;
}
