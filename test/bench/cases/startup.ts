/** How long a command takes that asks next to nothing. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../bench.ts';
import { builtProgram, inShell, node, startServer } from '../children.ts';
import type { Sample } from '../figure.ts';

/** The clock of CPU time is coarse. */
const inARow = 5;

export const startup: Case = {
  name: 'startup',
  claim: 'circuit ls from start to exit, against node -e 0',
  async run(bench) {
    const server = await startServer();
    const ls = [node, builtProgram, 'ls', '/', '-d', server.url];
    const bare = { name: 'node -e 0', measure: () => commandTime([node, '-e', '0'], process.env) };
    const common = {
      unit: 'ms',
      better: 'less',
      cpuUnit: 'ms',
      repetitions: 15,
      withinMs: 15_000,
      goal: { value: 1.7, of: 'ratio' },
    } as const;
    const directory = mkdtempSync(join(tmpdir(), 'circuit-bench-'));
    const env = { ...process.env, NODE_COMPILE_CACHE: directory };
    await bench.contest({
      ...common,
      name: 'circuit ls',
      original: 8.5,
      note: `the original is one binary; half of ours is the start of Node. ${inARow} in a row each`,
      measure: () => commandTime(ls, env),
      rivals: [bare],
    });
    await bench.contest({
      ...common,
      name: 'circuit ls without a compile cache',
      note: 'as where the home directory cannot be written',
      measure: () =>
        commandTime(ls, {
          ...process.env,
          NODE_COMPILE_CACHE: '',
          NODE_DISABLE_COMPILE_CACHE: '1',
        }),
      rivals: [bare],
    });
    rmSync(directory, { recursive: true });
  },
};

async function commandTime(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Sample> {
  const script = `i=0; while [ $i -lt ${inARow} ]; do "$@" >/dev/null; i=$((i + 1)); done`;
  const { wallMs, cpuMs } = await inShell(script, command, env);
  return { value: wallMs / inARow, cpu: cpuMs / inARow };
}
