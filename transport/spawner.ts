/**
 * Starts processes of the operating system, and says in words why one could not be started.
 *
 * Each is the leader of a process group of its own, so that a signal reaches what it started too,
 * and none of it dies with the terminal of the server.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import type { Child, ChildEvents, ProgramCommand, Spawner } from '../src/host/spawner.ts';
import { NodeChild } from './child.ts';
import { NotStarted } from './not-started.ts';

export class NodeSpawner implements Spawner {
  readonly #children = new Set<NodeChild>();
  #ownEnvironment: NodeJS.ProcessEnv | undefined;

  spawn(command: ProgramCommand, events: ChildEvents): Child {
    let process: ChildProcess;
    try {
      process = spawn(command.path, command.args, {
        cwd: command.dir,
        env: this.#environment(command.env),
        detached: true,
      });
    } catch (error) {
      const notStarted = new NotStarted(events);
      setImmediate(() => notStarted.failed(reasonOf(error as Error, command)));
      return notStarted;
    }
    return process.pid === undefined
      ? this.#failing(process, command, events)
      : this.#running(process, process.pid, events);
  }

  /** Forgets every process; they run on. */
  close(): void {
    for (const child of this.#children) child.release();
  }

  #running(process: ChildProcess, pid: number, events: ChildEvents): Child {
    const child = new NodeChild(process, pid, events);
    this.#children.add(child);
    process.once('close', () => this.#children.delete(child));
    return child;
  }

  #failing(process: ChildProcess, command: ProgramCommand, events: ChildEvents): Child {
    const notStarted = new NotStarted(events);
    process.on('error', (error) => notStarted.failed(reasonOf(error, command)));
    for (const pipe of [process.stdin, process.stdout, process.stderr]) pipe?.on('error', () => {});
    return notStarted;
  }

  /** Our own is copied once: Node's `process.env` asks the C library for every variable. */
  #environment(env: readonly string[] | undefined): NodeJS.ProcessEnv {
    if (env === undefined) {
      this.#ownEnvironment ??= { ...process.env };
      return this.#ownEnvironment;
    }
    return Object.fromEntries(
      env.map((pair) => {
        const equals = pair.indexOf('=');
        return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      }),
    );
  }
}

/** The kernel says "not found" alike of a program, its directory, and its interpreter. */
function reasonOf(error: Error & { code?: string; errno?: number }, command: ProgramCommand) {
  const { path, dir } = command;
  if (typeof error.errno !== 'number') return `${path}: ${error.message}`;
  const missing = error.code === 'ENOENT';
  if (missing && dir !== undefined && !existsSync(dir)) {
    return `${dir}: no such directory`;
  }
  if (missing && path.includes('/') && dir === undefined && existsSync(path)) {
    return `${path}: the interpreter named in its first line was not found`;
  }
  return `${path}: ${getSystemErrorMessage(error.errno)}`;
}
