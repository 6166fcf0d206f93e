import { readFileSync } from 'node:fs';

/**
 * What /proc tells of a process, from its state on; nothing when there is none. Its name, before
 * that, may hold anything, brackets too.
 */
export function statOf(pid: number | string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
