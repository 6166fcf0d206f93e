/** What the system says of processes, by /proc. */

import { readdirSync, readFileSync } from 'node:fs';

/** A process, as its `stat` says. */
export interface Stat {
  readonly pid: number;
  /** R, S, D, T, Z and others. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly threads: number;
  /** When it started, in ticks since the boot. */
  readonly start: number;
}

/** What a server takes. */
export interface Look {
  readonly descriptors: number;
  readonly threads: number;
  readonly residentMib: number;
  /** Of its children. */
  readonly zombies: number;
}

/** Undefined when there is no such process. */
export function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // What stands before the last bracket is a name, and may be anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent, group] = fields;
    const [threads, start] = [Number(fields[17]), Number(fields[19])];
    return { pid, state, parent: Number(parent), group: Number(group), threads, start };
  } catch {
    return undefined;
  }
}

/** Whether it is there, and no zombie. */
export function isAlive(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** All processes of this machine. */
export function processes(): Stat[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.flatMap((name) => statOf(Number(name)) ?? []);
}

export function childrenOf(pid: number): Stat[] {
  return processes().filter(({ parent }) => parent === pid);
}

/** The living processes that were given this environment variable, by whomever. */
export function marked(variable: string): number[] {
  return processes()
    .filter(({ pid, state }) => state !== 'Z' && environmentOf(pid).includes(variable))
    .map(({ pid }) => pid);
}

/** Throws when it is gone. */
export function look(pid: number): Look {
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: statOf(pid)?.threads ?? 0,
    residentMib: Number(rss ?? 0) / 1024,
    zombies: childrenOf(pid).filter(({ state }) => state === 'Z').length,
  };
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
