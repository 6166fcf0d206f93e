/** What a server takes that does nothing. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../bench.ts';
import { endChildren, residentMib, startChild, startServer } from '../children.ts';

const settleMs = 3_000;

export const memory: Case = {
  name: 'memory',
  claim: 'resident memory of an idle server, against a Node that does nothing',
  async run(bench) {
    const resident = async (start: () => Promise<number>) => {
      const pid = await start();
      await sleep(settleMs);
      const value = residentMib(pid);
      await endChildren();
      return { value };
    };
    await bench.contest({
      name: 'idle server',
      unit: 'MiB',
      better: 'less',
      goal: { value: 1.5, of: 'ratio' },
      original: 9.2,
      repetitions: 3,
      withinMs: 20_000,
      warmUp: false,
      note: `${settleMs / 1000} s after its start; most of it is Node itself`,
      measure: () => resident(async () => (await startServer()).pid),
      rivals: [{ name: 'idle node', measure: () => resident(idleNode) }],
    });
  },
};

async function idleNode(): Promise<number> {
  const code = 'process.stdout.write("\\n"); setInterval(() => {}, 1e6)';
  const { child } = await startChild(['-e', code]);
  return child.pid as number;
}
