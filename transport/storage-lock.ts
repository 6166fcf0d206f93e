/**
 * Keeps a second server out of a storage directory.
 *
 * The lock is a file `~lock.N` that names its holder: the process number, and the moment that
 * process started. Without the moment, a lock left by a crash would come to life again with the
 * next process of that number, which in a container is the very next start.
 *
 * A stale lock cannot be taken away safely: between our look at it and our removing it, another
 * server may have put its own in the place. So nothing is taken away. Whoever finds that the holder
 * of the highest number is gone makes the file of the next number, by a hard link, which fails if
 * it is there, and makes it appear whole. It has the lock if there is no higher number afterwards.
 * The highest file is never removed, only emptied when the lock is given up; lower ones are rubbish.
 */

import { linkSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../src/assert.ts';
import { CircuitError } from '../src/errors.ts';

/** Each attempt fails only if another server took the lock in the same moment. */
const attemptsMax = 1_000;

let drafts = 0;

/** Returns what gives the lock up. Throws BAD_ARGUMENT when a live process holds it. */
export function acquireLock(directory: string): () => void {
  const draft = join(directory, `~draft.${process.pid}.${drafts++}`);
  writeFileSync(draft, `${process.pid} ${startOf(process.pid) ?? 0}\n`);
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const number = attemptLock(directory, draft);
      if (number !== undefined) return () => giveUp(lockFile(directory, number));
    }
  } finally {
    rmSync(draft, { force: true });
  }
  assert(false, `the lock in ${directory} can neither be taken nor read`);
}

/** The number of the lock that we have now; undefined if another server was quicker. */
function attemptLock(directory: string, draft: string): number | undefined {
  const last = Math.max(0, ...lockNumbers(directory));
  const holder = contents(lockFile(directory, last));
  if (holder !== undefined && isAlive(holder)) throw inUse(directory, holder);
  const number = last + 1;
  if (!linked(draft, lockFile(directory, number))) return undefined;
  const numbers = lockNumbers(directory);
  const ours = numbers.every((other) => other <= number);
  const rubbish = ours ? numbers.filter((other) => other < number) : [number];
  for (const other of rubbish) rmSync(lockFile(directory, other), { force: true });
  return ours ? number : undefined;
}

function giveUp(path: string): void {
  try {
    truncateSync(path);
  } catch {
    // Somebody removed the directory, and the lock with it.
  }
}

function lockFile(directory: string, number: number): string {
  return join(directory, `~lock.${number}`);
}

function lockNumbers(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => Number(/^~lock\.(\d{1,15})$/.exec(name)?.[1]))
    .filter((number) => number > 0);
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when there is no such file. */
function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(holder: string): boolean {
  const [pid = 0, start] = holder.split(' ').map(Number);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now === undefined || now === start;
}

/** When the process started, in ticks since boot; 0 if it is dead; undefined without a /proc. */
function startOf(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 0 : Number(fields[19]);
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function inUse(directory: string, holder: string): CircuitError {
  return new CircuitError(
    'BAD_ARGUMENT',
    `the storage directory ${directory} is in use by process ${holder.split(' ')[0]}: ` +
      'stop that server first, or give this one a directory of its own',
  );
}
