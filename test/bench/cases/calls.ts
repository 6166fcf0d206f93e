/** Calls that do next to nothing: peeks of a channel. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chan } from '../../../src/index.ts';
import type { Bench, Case } from '../bench.ts';
import { startServer } from '../children.ts';
import { Echo } from '../echo.ts';
import { inLanes, rate } from '../lanes.ts';

const lanes = 256;
const many = 100_000;

const common = {
  unit: 'calls/s',
  better: 'more',
  cpuUnit: 'us per call',
  repetitions: 9,
  withinMs: 12_000,
} as const;

export const calls: Case = {
  name: 'calls',
  claim: 'peeks of a channel, against a bare echo over TCP in another process',
  async run(bench) {
    const server = await startServer();
    const echo = await Echo.start();
    const client = await server.connect();
    const chan = await client.walk(`/${server.id}/bench`).makeChan(1);
    const few = 5_000;
    await bench.contest({
      ...common,
      name: 'one after the other',
      goal: { value: 12_000, of: 'figure' },
      original: 10_510,
      note: 'two processes wake each other in turn: what that costs depends on the cores they are on',
      measure: () => rate(few, [server.pid], () => inLanes(1, few, () => chan.peek())),
      rivals: [
        {
          name: 'bare echo',
          measure: () => rate(few, [echo.pid], () => inLanes(1, few, () => echo.call())),
        },
      ],
    });

    await bench.contest({
      ...common,
      name: 'pipelined',
      goal: { value: 60_000, of: 'figure' },
      note: `${lanes} calls under way on one connection; the echo writes each by itself`,
      measure: () => rate(many, [server.pid], () => inLanes(lanes, many, () => chan.peek())),
      rivals: [
        {
          name: 'bare echo',
          measure: () => rate(many, [echo.pid], () => inLanes(lanes, many, () => echo.call())),
        },
      ],
    });
    await withJournal(bench, chan, server.pid);
    await client.close();
    echo.close();
  },
};

/** The same calls to a server that keeps its journal on disk. */
async function withJournal(bench: Bench, plain: Chan, plainPid: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'circuit-bench-'));
  const server = await startServer([], { directory });
  const client = await server.connect();
  const chan = await client.walk(`/${server.id}/bench`).makeChan(1);
  await bench.contest({
    ...common,
    name: 'pipelined, with -var',
    goal: { value: 0.8, of: 'ratio' },
    note: 'every call is in the journal; on disk are those that the disk keeps up with',
    measure: () => rate(many, [server.pid], () => inLanes(lanes, many, () => chan.peek())),
    rivals: [
      {
        name: 'without -var',
        measure: () => rate(many, [plainPid], () => inLanes(lanes, many, () => plain.peek())),
      },
    ],
  });
  // Once it has left, it writes no more.
  await client.walk(`/${server.id}`).server().leave();
  await client.close();
  rmSync(directory, { recursive: true, maxRetries: 5, retryDelay: 200 });
}
