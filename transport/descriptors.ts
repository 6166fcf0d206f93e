/**
 * Whether enough descriptors are free to start a process. When they run out on the way, Node keeps
 * those that it had made by then, for ever; so it is looked before.
 */

import { closeSync, openSync, readFileSync, statSync } from 'node:fs';

/** Three pairs of sockets, a pipe by which the child says that it runs, and two to spare. */
const NEEDED = 10;

let most: number | undefined;

export function hasDescriptors(): boolean {
  // How many are open, since Linux 6.2; before that it is 0.
  const { size } = statSync('/proc/self/fd');
  if (size === 0) return canOpen(NEEDED);
  most ??= limit();
  return size + NEEDED <= most;
}

/** The same, ten times slower. */
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
  const text = readFileSync('/proc/self/limits', 'latin1');
  return Number(/^Max open files +(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
}
