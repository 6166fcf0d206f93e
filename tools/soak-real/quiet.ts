/** The end of a soak: nobody does anything any more, and servers must take what they took before. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Sample, Sampler } from './sampler.ts';
import type { Violations } from './violations.ts';

const LOOK_MS = 500;
/** Processes of a server that ended have this long to end as well. */
const ORPHANS_MS = 20_000;

/** Waits until servers hold no more than they did before; gives what they take then. */
export async function untilQuiet(
  sampler: Sampler,
  {
    before,
    violations,
    withinMs,
  }: { before: readonly Sample[]; violations: Violations; withinMs: number },
): Promise<readonly Sample[]> {
  const end = performance.now() + withinMs;
  for (;;) {
    const now = await sampler.all();
    const problems = now.flatMap((sample) => problemOf(sample, before) ?? []);
    if (problems.length === 0 && now.length > 0) return now;
    if (performance.now() > end) {
      for (const problem of problems) violations.add('flat', problem);
      return now;
    }
    await wait(LOOK_MS);
  }
}

/** What is left of the soak on a server that is idle; undefined when nothing is. */
function problemOf(sample: Sample, before: readonly Sample[]): string | undefined {
  const { own, name, descriptors, children, zombies } = sample;
  const idle = `${name} is idle, and`;
  if (own === undefined) return `${idle} does not answer`;
  // Those that were started later are compared with any that was idle before.
  const base = before.find(({ id }) => id === sample.id) ?? before[0];
  if (own.elements > 0) return `${idle} has ${own.elements} elements`;
  if (own.pending > 0) return `${idle} has ${own.pending} operations under way`;
  if (children > (base?.children ?? 0) || zombies > 0) {
    return `${idle} has ${children} children, ${zombies} of them zombies`;
  }
  const spare = descriptors - own.sessions;
  const allowed = (base?.descriptors ?? 0) - (base?.own?.sessions ?? 0);
  if (spare <= allowed) return undefined;
  return `${idle} holds ${spare} descriptors besides its connections, and held ${allowed} before`;
}

/** Waits until no process of this soak is left; gives the commands of those that are. */
export async function orphansOf(mark: string): Promise<readonly string[]> {
  const end = performance.now() + ORPHANS_MS;
  for (;;) {
    const left = marked(mark);
    if (left.length === 0 || performance.now() > end) {
      for (const { pid } of left) killQuietly(pid);
      return left.map(({ command }) => command);
    }
    await wait(LOOK_MS);
  }
}

function marked(mark: string): { pid: number; command: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      if (!environment.includes(`CIRCUIT_SOAK=${mark}`)) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return [{ pid: Number(pid), command }];
    } catch {
      return []; // Gone, or not ours.
    }
  });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
