/** Processes that end at once. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Client } from '../../../src/index.ts';
import type { Case } from '../bench.ts';
import { startServer } from '../children.ts';
import { inLanes, rate } from '../lanes.ts';

export const mkproc: Case = {
  name: 'mkproc',
  claim: 'make /bin/true, close its input, wait for its exit, scrub it',
  async run(bench) {
    const server = await startServer();
    const client = await server.connect();
    const count = 200;
    const common = {
      unit: 'processes/s',
      better: 'more',
      cpuUnit: 'us per process',
      repetitions: 7,
      withinMs: 12_000,
    } as const;
    for (const lanes of [1, 8]) {
      await bench.contest({
        ...common,
        name: lanes === 1 ? 'one after the other' : `${lanes} at once`,
        ...(lanes === 1 ? { goal: { value: 450, of: 'figure' } } : {}),
        original: lanes === 1 ? 391 : 743,
        note: 'the rival forks from a smaller process; CPU time is without that of /bin/true',
        measure: () =>
          rate(count, [server.pid], () =>
            inLanes(lanes, count, (i) => runOne(client, `/${server.id}/p${lanes}-${i}`)),
          ),
        rivals: [
          {
            name: 'child_process.spawn and exit',
            measure: () => rate(count, [], () => inLanes(lanes, count, spawnOne)),
          },
        ],
      });
    }
    await client.close();
  },
};

async function runOne(client: Client, path: string): Promise<void> {
  const proc = await client.walk(path).makeProc({ Path: '/bin/true' });
  proc
    .stdin()
    .end()
    .catch(() => {}); // It may have exited before.
  await proc.wait();
  await proc.scrub();
}

async function spawnOne(): Promise<void> {
  const child = spawn('/bin/true', { detached: true });
  child.stdin.on('error', () => {});
  child.stdin.end();
  await once(child, 'exit');
}
