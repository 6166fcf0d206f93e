/**
 * Starts processes of the operating system, and says in words why one could not be started.
 *
 * Each is the first of a process group of its own, so that a signal reaches what it started too, and
 * none of it dies with the terminal of the server. The groups end with the host (see watcher.ts for
 * one that is killed), unless they are to be orphans.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import type { Log } from '../src/host/log.ts';
import type { Child, ChildEvents, ProgramCommand, Spawner } from '../src/host/spawner.ts';
import { NodeChild } from './child.ts';
import { hasDescriptors } from './descriptors.ts';
import { silentLog } from './log.ts';
import { NotStarted } from './not-started.ts';
import { ProcessGroups } from './process-groups.ts';

export class NodeSpawner implements Spawner {
  readonly #children = new Set<NodeChild>();
  readonly #groups: ProcessGroups;
  readonly #orphans: boolean;
  /** Copied once: Node's `process.env` asks the C library for every variable. */
  #inherited: NodeJS.ProcessEnv | undefined;

  /** With `orphans`, processes run on without the host. */
  constructor({ orphans = false, log = silentLog }: { orphans?: boolean; log?: Log } = {}) {
    this.#orphans = orphans;
    this.#groups = new ProcessGroups({ watched: !orphans, log });
  }

  get running(): number {
    return this.#groups.size;
  }

  get left(): number {
    return this.#orphans ? 0 : this.#groups.size;
  }

  /** The number of the process that ends what we leave behind; for tests. */
  get watcherPid(): number | undefined {
    return this.#groups.watcherPid;
  }

  spawn(command: ProgramCommand, events: ChildEvents): Child {
    let process: ChildProcess;
    if (!hasDescriptors()) return this.#refused(`${command.path}: too many open files`, events);
    try {
      process = spawn(command.path, command.args, {
        cwd: command.dir,
        env: this.#environment(command.env),
        detached: true,
      });
    } catch (error) {
      return this.#refused(reasonOf(error as Error, command), events);
    }
    return process.pid === undefined
      ? this.#failing(process, command, events)
      : this.#running(process, process.pid, events);
  }

  terminate(): void {
    if (this.#orphans) return;
    this.#groups.signalAll('TERM');
    this.#groups.signalAll('CONT');
  }

  kill(): void {
    if (!this.#orphans) this.#groups.signalAll('KILL');
  }

  /** Kills at once what is left, and forgets every process. Resolves once nothing watches any more. */
  async close(): Promise<void> {
    this.kill();
    for (const child of this.#children) child.release();
    await this.#groups.close();
  }

  #running(process: ChildProcess, pid: number, events: ChildEvents): Child {
    const groups = this.#groups;
    groups.add(pid);
    process.once('exit', () => groups.leaderEnded(pid));
    const child = new NodeChild(process, { pid, groups }, events);
    this.#children.add(child);
    process.once('close', () => this.#children.delete(child));
    return child;
  }

  #refused(reason: string, events: ChildEvents): Child {
    const notStarted = new NotStarted(events);
    setImmediate(() => notStarted.failed(reason));
    return notStarted;
  }

  #failing(process: ChildProcess, command: ProgramCommand, events: ChildEvents): Child {
    const notStarted = new NotStarted(events);
    process.on('error', (error) => notStarted.failed(reasonOf(error, command)));
    for (const pipe of [process.stdin, process.stdout, process.stderr]) pipe?.on('error', () => {});
    return notStarted;
  }

  #environment(env: readonly string[] | undefined): NodeJS.ProcessEnv {
    if (env === undefined) {
      this.#inherited ??= ownEnvironment();
      return this.#inherited;
    }
    return Object.fromEntries(
      env.map((pair) => {
        const equals = pair.indexOf('=');
        return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      }),
    );
  }
}

/** What processes inherit: all of ours, but not where the keys of the circuit are. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { CIRCUIT_HMAC: _, ...others } = process.env;
  return others;
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
