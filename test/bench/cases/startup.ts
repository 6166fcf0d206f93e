/** How long a command takes that asks next to nothing. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../bench.ts';
import { builtProgram, node, startServer, timed } from '../children.ts';

export const startup: Case = {
  name: 'startup',
  claim: 'circuit ls from start to exit, against node -e 0',
  async run(bench) {
    const server = await startServer();
    const ls = [builtProgram, 'ls', '/', '-d', server.url];
    const measure = async () => ({ value: await timed(node, ls) });
    const bare = {
      name: 'node -e 0',
      measure: async () => ({ value: await timed(node, ['-e', '0']) }),
    };
    const common = { unit: 'ms', better: 'less', repetitions: 40, withinMs: 12_000 } as const;
    await bench.contest({
      ...common,
      name: 'circuit ls',
      goal: { value: 1.7, of: 'ratio' },
      original: 8.5,
      note: 'the original is one binary; half of ours is the start of Node',
      measure,
      rivals: [bare],
    });

    const directory = mkdtempSync(join(tmpdir(), 'circuit-bench-'));
    const env = { ...process.env, NODE_COMPILE_CACHE: directory };
    await bench.contest({
      ...common,
      name: 'circuit ls with a compile cache',
      goal: { value: 1.7, of: 'ratio' },
      note: 'NODE_COMPILE_CACHE as bin/circuit sets it',
      measure: async () => ({ value: await timed(node, ls, { stdio: 'ignore', env }) }),
      rivals: [bare],
    });
    rmSync(directory, { recursive: true });
  },
};
