/**
 * Keeps a second server out of a storage directory.
 *
 * The lock is a file that names its holder: the process number, and the moment that process started.
 * Without the moment, a lock left by a crash would come to life again with the next process of that
 * number, which in a container is the very next start. The file appears whole, by a hard link, and
 * the link fails if there is one already.
 */

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { assert } from '../src/assert.ts';
import { CircuitError } from '../src/errors.ts';

/** Each attempt fails only if another server took or gave up the lock in the same moment. */
const attemptsMax = 100;

let taken = 0;

/** Returns what gives the lock up. Throws BAD_ARGUMENT when a live process holds it. */
export function acquireLock(path: string): () => void {
  const own = `${process.pid} ${startOf(process.pid) ?? 0}\n`;
  const draft = `${path}.${process.pid}.${taken++}`;
  writeFileSync(draft, own);
  try {
    for (let attempt = 0; !linked(draft, path); attempt++) {
      assert(attempt < attemptsMax, `the lock ${path} can neither be taken nor read`);
      const held = contents(path);
      if (held !== undefined && isAlive(held)) throw inUse(path, held);
      if (held !== undefined) breakStale(path, draft, held);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (contents(path) === own) rmSync(path, { force: true });
  };
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes the stale lock away; if another server was quicker, it is its fresh one: put it back. */
function breakStale(path: string, draft: string, stale: string): void {
  const removed = `${draft}.stale`;
  try {
    renameSync(path, removed);
  } catch {
    return; // Another server took it away.
  }
  if (contents(removed) !== stale) linked(removed, path);
  rmSync(removed, { force: true });
}

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function isAlive(held: string): boolean {
  const [pid = 0, start] = held.split(' ').map(Number);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
  const now = startOf(pid);
  return now === undefined || now === start;
}

/** When the process started, in ticks since boot; 0 if it is dead; undefined without a /proc. */
function startOf(pid: number): number | undefined {
  const stat = contents(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 0 : Number(fields[19]);
}

function inUse(path: string, held: string): CircuitError {
  const directory = path.slice(0, path.lastIndexOf('/'));
  return new CircuitError(
    'BAD_ARGUMENT',
    `the storage directory ${directory} is in use by process ${held.split(' ')[0]}: ` +
      'stop that server first, or give this one a directory of its own',
  );
}
