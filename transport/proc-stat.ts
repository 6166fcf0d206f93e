import { readFileSync } from 'node:fs';

/** What /proc tells of a process, from its state on; nothing when there is none. */
export function statOf(pid: number | string): string[] {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return [];
  }
}

/** Its fields from the state on. The name of the process, before that, may hold anything, brackets too. */
export function parseStat(stat: string): string[] {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).trim();
  return fields === '' ? [] : fields.split(' ');
}
