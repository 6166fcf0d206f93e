/** What a server takes that does nothing, and one that is busy. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../bench.ts';
import { endChildren, residentMib, startChild, startServer } from '../children.ts';

const settleMs = 3_000;
const busyClients = 8;
const busyChannels = 40_000;

export const memory: Case = {
  name: 'memory',
  claim: 'resident memory of an idle server, against a Node that does nothing, and of a busy one',
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
    await bench.contest({
      name: 'busy server',
      unit: 'MiB',
      better: 'less',
      repetitions: 3,
      withinMs: 60_000,
      warmUp: false,
      note: `the moment after ${busyClients} clients made, used and scrubbed ${busyChannels.toLocaleString('en')} channels`,
      measure: afterChannels,
    });
  },
};

async function afterChannels(): Promise<{ value: number }> {
  const server = await startServer();
  const perClient = busyChannels / busyClients;
  await Promise.all(
    Array.from({ length: busyClients }, async (_, at) => {
      const client = await server.connect();
      for (let number = 0; number < perClient; number++) {
        const chan = await client.walk(`/${server.id}/busy/${at}-${number}`).makeChan(1);
        await chan.send('a message');
        await chan.receive();
        await chan.scrub();
      }
      await client.close();
    }),
  );
  const value = residentMib(server.pid);
  await endChildren();
  return { value };
}

async function idleNode(): Promise<number> {
  const code = 'process.stdout.write("\\n"); setInterval(() => {}, 1e6)';
  const { child } = await startChild(['-e', code]);
  return child.pid as number;
}
