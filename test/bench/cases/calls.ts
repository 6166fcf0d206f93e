/** Calls that do next to nothing: peeks of a channel. */

import type { Case } from '../bench.ts';
import { startServer } from '../children.ts';
import { Echo } from '../echo.ts';
import { inLanes, rate } from '../lanes.ts';

const lanes = 256;

export const calls: Case = {
  name: 'calls',
  claim: 'peeks of a channel, against a bare echo over TCP in another process',
  async run(bench) {
    const server = await startServer();
    const echo = await Echo.start();
    const client = await server.connect();
    const chan = await client.walk(`/${server.id}/bench`).makeChan(1);
    const common = {
      unit: 'calls/s',
      better: 'more',
      cpuUnit: 'us per call',
      repetitions: 9,
      withinMs: 12_000,
    } as const;

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

    const many = 100_000;
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
    await client.close();
    echo.close();
  },
};
