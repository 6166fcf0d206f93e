/**
 * The programs that simulated hosts can run: a table from path to program. Scenarios register their
 * own; the built-in ones are what tests and examples name most.
 */

import type { Output } from '../src/host/index.ts';
import { SECOND } from '../src/time.ts';

/** What a program can do. Nothing of it reaches a program that has exited. */
export interface ProgramIo {
  readonly pid: number;
  readonly dir: string | undefined;
  readonly env: readonly string[] | undefined;

  /** Returns false when more than 64 KiB are unread; wait for `onDrained`. */
  write(output: Output, bytes: Uint8Array): boolean;
  /** Called when there is room in an output again. */
  onDrained(handler: (output: Output) => void): void;

  /** Reads standard input; undefined means that it has ended. Until then nothing is read. */
  onStdin(handler: (bytes: Uint8Array | undefined) => void): void;
  /** Reads no more standard input until `resumeStdin`. */
  pauseStdin(): void;
  /** Reads on. */
  resumeStdin(): void;
  /** Reads no more standard input, ever: whoever writes is told. */
  closeStdin(): void;

  /** Handles a signal instead of dying of it. KILL and STOP cannot be handled. */
  onSignal(name: string, handler: () => void): void;

  /** Runs `task` after that much virtual time, later while the process is stopped. */
  schedule(us: number, task: () => void): void;
  /** Ends the process with an exit code. */
  exit(code: number): void;
}

/** A program as simulated hosts run it. */
export interface Program {
  /** Called once the process runs. It lives until it exits or dies of a signal. */
  start(args: readonly string[], io: ProgramIo): void;
}

/** The programs of a world, by path. */
export class Programs {
  readonly #programs = new Map<string, Program>(builtIn);

  /** From now on `path` is this program, on every host. */
  register(path: string, program: Program): void {
    this.#programs.set(path, program);
  }

  /** The program at this path; undefined when there is none. */
  get(path: string): Program | undefined {
    return this.#programs.get(path);
  }
}

const encoder = new TextEncoder();

const cat: Program = {
  start(_args, io) {
    io.onStdin((bytes) => {
      if (bytes === undefined) io.exit(0);
      else if (!io.write('stdout', bytes)) io.pauseStdin();
    });
    io.onDrained(() => io.resumeStdin());
  },
};

const echo: Program = {
  start(args, io) {
    io.write('stdout', encoder.encode(`${args.join(' ')}\n`));
    io.exit(0);
  },
};

const sleep: Program = {
  start(args, io) {
    io.schedule(Math.round(Number(args[0] ?? 0) * SECOND), () => io.exit(0));
  },
};

/** `burst N` writes N bytes of `y\n`; without N it never ends. */
const burst: Program = {
  start(args, io) {
    const block = encoder.encode('y\n'.repeat(4_096));
    let left = args[0] === undefined ? Number.POSITIVE_INFINITY : Number(args[0]);
    const go = (): void => {
      while (left > 0) {
        const bytes = left < block.length ? block.slice(0, left) : block.slice();
        left -= bytes.length;
        if (!io.write('stdout', bytes)) break;
      }
      if (left <= 0) io.exit(0);
    };
    io.onDrained(go);
    go();
  },
};

const builtIn: readonly (readonly [string, Program])[] = [
  ['/bin/cat', cat],
  ['/bin/echo', echo],
  ['/bin/true', { start: (_args, io) => io.exit(0) }],
  ['/bin/false', { start: (_args, io) => io.exit(1) }],
  ['/bin/sleep', sleep],
  ['/bin/yes', { start: (_args, io) => burst.start([], io) }],
  ['/bin/burst', burst],
];
