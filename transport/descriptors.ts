/**
 * Descriptors: each connection, file and pipe takes one, and the system gives a process so many and
 * no more.
 *
 * What peers may take of them is bounded by parts of that number, which leave some for processes and
 * files. For who takes the last one shuts everybody out: libuv then accepts connections only to close
 * them at once, and tells nobody, neither Node nor us. So it is looked now and then whether any are
 * left.
 *
 * A process is started only if enough are free. When they run out on the way, Node keeps those that
 * it had made by then, for ever.
 */

import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { CircuitError } from '../src/errors.ts';
import type { Log } from '../src/host/log.ts';
import { limits } from '../src/limits.ts';
import type { ServerLimits } from '../src/server-limits.ts';

/** Three pairs of sockets, a pipe by which the child says that it runs, and two to spare. */
const NEEDED = 10;
/** What a server takes for itself. */
const OWN = 32;
/**
 * Of the others, one part of so many may be taken by each of three sorts of strangers, by clients, and
 * by servers that dial: seven eighths. Fewer parts: of that sort more, and of processes less.
 */
const STRANGERS = 8;
const parts = { strangersMax: STRANGERS, clientsMax: 4, peersMax: 4 } as const;
/** With very few descriptors, somebody must come in all the same. */
const SHARE_MIN = 16;
/** Between two looks at what is left. Shorter: a short want is seen more often. */
const lookMs = 1_000;
/** Lines about it are at least so far apart. */
const logEveryMs = 10_000;

let most: number | undefined;

/** How many this process may have; infinite where the system does not tell. */
export function descriptorsMax(): number {
  most ??= limit();
  return most;
}

/** Of `bound` connections of one sort of stranger, as many as `max` descriptors have room for. */
export function withinDescriptors(bound: number, max: number = descriptorsMax()): number {
  return share(bound, STRANGERS, max);
}

/** As `limitsHere` of transport/index.ts, where a process may have `max` descriptors. */
export function limitsWithin(given: ServerLimits, max: number = descriptorsMax()): ServerLimits {
  const room = Math.max(SHARE_MIN, max - OWN);
  const usual = Object.entries(parts).map(([key, part]) => {
    const name = key as keyof typeof parts;
    const wanted = given[name];
    if (wanted === undefined) return [name, share(limits[name], part, max)];
    if (wanted <= room) return [name, wanted];
    throw new CircuitError(
      'BAD_ARGUMENT',
      `the limit ${name} is at most ${room} here, not ${wanted}: this process may have ${max} ` +
        'descriptors; have more by "ulimit -Hn", or LimitNOFILE of systemd, or ask for fewer',
    );
  });
  return { ...given, ...Object.fromEntries(usual) };
}

function share(bound: number, part: number, max: number): number {
  return Math.min(bound, Math.max(SHARE_MIN, Math.floor((max - OWN) / part)));
}

/** Whether enough are free to start a process. */
export function hasDescriptors(): boolean {
  const open = openNow();
  return open === undefined ? canOpen(NEEDED) : open + NEEDED <= descriptorsMax();
}

/** Logs now and then that hardly any are left, as long as that is so. Returns what ends it. */
export function watchDescriptors(log: Log): () => void {
  let quietUntil = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now < quietUntil || hasDescriptors()) return;
    quietUntil = now + logEveryMs;
    const max = descriptorsMax();
    const sentence =
      'nearly all descriptors are in use: new connections are closed, and no process can be started';
    log.write('warn', 'descriptors-spent', { max, sentence });
  }, lookMs).unref();
  return () => clearInterval(timer);
}

/** How many are open; undefined before Linux 6.2 and on other systems. */
function openNow(): number | undefined {
  const size = statSync('/proc/self/fd', { throwIfNoEntry: false })?.size;
  return size === 0 ? undefined : size;
}

/** Ten times slower than to be told. */
function canOpen(count: number): boolean {
  const open: number[] = [];
  try {
    while (open.length < count) open.push(openSync('/dev/null', 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** Node has set it as high as it may be. */
function limit(): number {
  try {
    const text = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files +(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
