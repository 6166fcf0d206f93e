/**
 * Which server a container is of, as a label that says so to other servers of the host. A server that
 * is killed cannot remove its containers: the next one that starts removes those whose owner is gone
 * for certain.
 */

import { readFileSync, readlinkSync } from 'node:fs';
import { statOf } from './proc-stat.ts';

/** The name of the label. Its value is of this program alone. */
export const ownerLabel = 'circuit.owner';

/** Of this process; undefined where /proc does not tell. */
export function ownerOfOurs(): string | undefined {
  const place = placeOf();
  return place && `${place} ${process.pid} ${startOf(process.pid)}`;
}

/**
 * Whether the process with this label is gone. Of one that was started elsewhere, be it another
 * machine, an earlier run of this one, or a container with processes of its own, nobody knows here.
 */
export function isOwnerGone(label: string): boolean {
  const [, place, pid, start] = /^(\S+ \S+) ([1-9]\d{0,9}) (\d+)$/.exec(label) ?? [];
  if (place === undefined || place !== placeOf()) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // Anything else means that there is one, of somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  // What is hidden from us may be it. Nobody but its parent sees a zombie as more than its number.
  const state = statOf(Number(pid))[0];
  return state === 'Z' || (state !== undefined && startOf(Number(pid)) !== start);
}

/** What makes the number of a process mean something: the run of the machine, and the namespace. */
function placeOf(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** When it started, in ticks since the machine did. */
function startOf(pid: number): string | undefined {
  return statOf(pid)[19];
}
