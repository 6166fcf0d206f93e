/**
 * The process groups of a host. Each holds a process and what that started, but for what left it by
 * `setsid`. A group is known until nothing is in it any more, also when its first process has ended,
 * so that none outlives the host.
 *
 * No signal reaches a stranger: the number of a process is its own until we have reaped it, and the
 * kernel gives no number away that a group still has. So a group that has lost its first process is
 * ours as long as something is in it and no process has its number; one that was empty is forgotten.
 *
 * What has ended in a group stays in it until its parent reaps it. After the first process that is
 * the init of the machine, which may take seconds, or in a container never do it.
 */

import { existsSync, readdirSync } from 'node:fs';
import type { Log } from '../src/host/log.ts';
import { statOf } from './proc-stat.ts';
import { Watcher } from './watcher.ts';

/** How often it is looked whether groups without their first process are empty. */
const lookMs = 500;
/** How often it is looked what lives in them, which reads about every process of the machine. */
const searchMs = 100;

export class ProcessGroups {
  /** Number of a group => when its first process started, in ticks since the boot. */
  readonly #groups = new Map<number, string>();
  /** Those whose first process has ended. */
  readonly #leaderless = new Set<number>();
  readonly #watcher: Watcher | undefined;
  #looking: NodeJS.Timeout | undefined;
  #searchedAt = 0;
  /** As of the last search: those in which nothing lives. */
  #dead = new Set<number>();

  /** Without `watched`, groups run on when our own process is killed. */
  constructor({ watched, log }: { readonly watched: boolean; readonly log: Log }) {
    if (watched) this.#watcher = new Watcher(this.#groups, log);
  }

  /** How many there are with anything in them that lives. For the end of a server: it is costly. */
  get size(): number {
    this.#look();
    this.#search();
    let dead = 0;
    for (const group of this.#leaderless) if (this.#dead.has(group)) dead++;
    return this.#groups.size - dead;
  }

  /** The number of the process that watches, while there is one. */
  get watcherPid(): number | undefined {
    return this.#watcher?.pid;
  }

  /** A process has started, and is the first of a group of its own. */
  add(pid: number): void {
    this.#groups.set(pid, startOf(pid));
    this.#watcher?.added(pid);
  }

  /** The first process of a group was reaped. */
  leaderEnded(group: number): void {
    if (isEmpty(group)) {
      this.#forget(group);
      return;
    }
    this.#leaderless.add(group);
    this.#looking ??= setInterval(() => this.#look(), lookMs).unref();
  }

  /** Sends a signal by its name without SIG to everything in a group. False when that is nothing. */
  signal(group: number, name: string): boolean {
    if (!this.#groups.has(group)) return false;
    if (this.#leaderless.has(group) && isEmpty(group)) {
      this.#forget(group);
      return false;
    }
    try {
      return process.kill(-group, `SIG${name}` as NodeJS.Signals);
    } catch {
      return false;
    }
  }

  signalAll(name: string): void {
    for (const group of this.#groups.keys()) this.signal(group, name);
  }

  /** Watches no more; what is watched and not empty is killed. Resolves once the watcher is gone. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#watcher?.close();
  }

  #look(): void {
    for (const group of this.#leaderless) if (isEmpty(group)) this.#forget(group);
  }

  #search(): void {
    const now = performance.now();
    if (this.#leaderless.size === 0 || now < this.#searchedAt + searchMs) return;
    this.#searchedAt = now;
    const living = livingGroups();
    // Not forgotten: while we looked, it may have started something and ended.
    this.#dead = new Set([...this.#leaderless].filter((group) => !living.has(group)));
  }

  #forget(group: number): void {
    this.#groups.delete(group);
    this.#watcher?.removed(group);
    this.#leaderless.delete(group);
    if (this.#leaderless.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}

/** Of a group that has lost its first process. */
function isEmpty(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  // Its number is that of a process again: this was empty, and what has the number now is not ours.
  return existsSync(`/proc/${group}`);
}

/** Of every process of the machine that has not ended. */
function livingGroups(): Set<number> {
  const groups = new Set<number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [state, , group] = statOf(name);
    if (state !== undefined && state !== 'Z' && state !== 'X') groups.add(Number(group));
  }
  return groups;
}

function startOf(pid: number): string {
  return statOf(pid)[19] ?? '0';
}
