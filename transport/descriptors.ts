/**
 * Whether enough descriptors are free to start a process. When they run out on the way, Node keeps
 * those that it had made by then, for ever; so it is looked before. It takes some 30 us.
 */

import { closeSync, openSync } from 'node:fs';

/** Three pairs of sockets, a pipe by which the child says that it runs, and two to spare. */
const NEEDED = 10;

export function hasDescriptors(): boolean {
  const open: number[] = [];
  try {
    while (open.length < NEEDED) open.push(openSync('/dev/null', 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}
