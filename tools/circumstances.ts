/** Where figures come from: which machine, and which code. */

import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { root } from './circuit-sim.ts';

/** Processors, memory and system, for people. */
export function machineName(): string {
  const all = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `${all.length} x ${all[0]?.model ?? 'unknown'}, ${gib} GiB, ${process.platform}`;
}

/** The commit that is checked out; with a `+` when the code is not quite that. */
export function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  const code = ['src', 'sim', 'transport', 'scenarios', 'cli'];
  const isChanged = git('status', '--porcelain', ...code).trim() !== '';
  return `${git('rev-parse', '--short', 'HEAD').trim()}${isChanged ? '+' : ''}`;
}
