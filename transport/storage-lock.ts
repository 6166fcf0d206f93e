/**
 * Keeps a second server out of a storage directory.
 *
 * The lock is a file `~lock.N` that names its holder: the process number, the moment that process
 * started, and where that number counts, which is a boot of a machine and a namespace of processes.
 * Without the moment, a lock left by a crash would come to life again with the next process of that
 * number, which in a container is the very next start.
 *
 * Of a holder elsewhere, in another container, nothing can be seen. So a holder touches its file
 * every `touchMs`, and one that is elsewhere and does not for `silenceMs` is gone.
 *
 * A stale lock cannot be taken away safely: between our look at it and our removing it, another
 * server may have put its own in the place. So nothing is taken away. Whoever finds that the holder
 * of the highest number is gone makes the file of the next number, by a hard link, which fails if
 * it is there, and makes it appear whole. It has the lock if there is no higher number afterwards.
 * The highest file is never removed, only emptied when the lock is given up; lower ones are rubbish.
 */

import { randomUUID } from 'node:crypto';
import {
  constants,
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  utimes,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../src/assert.ts';
import { CircuitError } from '../src/errors.ts';
import { statOf } from './proc-stat.ts';

/** Each attempt fails only if another server took the lock in the same moment. */
const attemptsMax = 1_000;

/** How often a holder shows that it is there. Longer: whoever comes after a crash waits longer. */
const touchMs = 1_000;
/** Longer: a start after a crash takes longer. Shorter: a holder that stands still loses its lock. */
const silenceMs = 4_000;
const lookAgainMs = 100;
/** A pipe that somebody put there is empty, and nothing that we wait for. */
const notWaiting = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Resolves with what gives the lock up. Rejects with BAD_ARGUMENT when a live process holds it. It
 * takes `silenceMs` when the last holder ran elsewhere and did not give it up.
 */
export async function acquireLock(directory: string): Promise<() => void> {
  const draft = join(directory, `~draft.${randomUUID()}`);
  writeFileSync(draft, `${process.pid} ${startOf(process.pid) ?? 0} ${here()}\n`);
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      await outwaitHolder(directory);
      const number = attemptLock(directory, draft);
      if (number !== undefined) return hold(lockFile(directory, number));
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

/** Resolves once the holder, if it runs elsewhere, is known to be gone. */
async function outwaitHolder(directory: string): Promise<void> {
  const path = lockFile(directory, Math.max(0, ...lockNumbers(directory)));
  const holder = contents(path);
  if (holder === undefined || !isElsewhere(holder)) return;
  const touchedAt = touched(path);
  const end = performance.now() + silenceMs;
  while (performance.now() < end) {
    await sleep(lookAgainMs);
    const now = touched(path);
    if (now === undefined || contents(path) !== holder) return;
    if (now !== touchedAt) throw inUse(directory, holder);
  }
}

/** When the file was touched last; undefined when it is not there. */
function touched(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function hold(path: string): () => void {
  const touch = () => {
    const now = new Date();
    utimes(path, now, now, () => {}); // It is no longer there, or the disk fails: we go on.
  };
  const timer = setInterval(touch, touchMs).unref();
  return () => {
    clearInterval(timer);
    giveUp(path);
  };
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
    return readFileSync(path, { encoding: 'latin1', flag: notWaiting });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Which boot of which machine, and which namespace, our process number counts in. */
function here(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return 'here';
  }
}

/** Who a lock names; without a process for text that no holder has written. */
export interface LockHolder {
  readonly pid: number | undefined;
  /** When the process started, in ticks since the boot. */
  readonly start: number;
  /** Where its number counts; undefined where it does not say. */
  readonly place: string | undefined;
}

/** Reads a lock, whatever is in it. */
export function parseLock(text: string): LockHolder {
  const [first = '', second = '', place] = text.trim().split(' ');
  const number = /^[1-9]\d{0,9}$/.test(first) ? Number(first) : undefined;
  return { pid: number, start: /^\d+$/.test(second) ? Number(second) : 0, place };
}

function isElsewhere(holder: string): boolean {
  const { place } = parseLock(holder);
  return place !== undefined && place !== here();
}

/** A holder that runs elsewhere has been outwaited. */
function isAlive(holder: string): boolean {
  if (isElsewhere(holder)) return false;
  const { pid, start } = parseLock(holder);
  if (pid === undefined) return false;
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
  const fields = statOf(pid);
  if (fields.length === 0) return undefined;
  return fields[0] === 'Z' ? 0 : Number(fields[19]);
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function inUse(directory: string, holder: string): CircuitError {
  return new CircuitError(
    'BAD_ARGUMENT',
    `the storage directory ${directory} is in use by process ${parseLock(holder).pid}: ` +
      'stop that server first, or give this one a directory of its own',
  );
}
