/** Listing a large tree, by the program as it is shipped. */

import type { Case } from '../bench.ts';
import { builtProgram, inShell, node, startServer } from '../children.ts';
import type { Sample } from '../figure.ts';
import { inLanes } from '../lanes.ts';

const anchors = 10_000;

export const listing: Case = {
  name: 'listing',
  claim: `circuit ls /... over ${anchors} channels`,
  async run(bench) {
    const server = await startServer();
    const client = await server.connect();
    await inLanes(256, anchors, (i) =>
      client.walk(`/${server.id}/d${i % 100}/chan${i}`).makeChan(1),
    );
    await bench.contest({
      name: 'circuit ls /...',
      unit: 's',
      better: 'less',
      goal: { value: 0.3, of: 'figure' },
      original: 4.61,
      repetitions: 9,
      withinMs: 10_000,
      cpuUnit: 's',
      note: 'in 100 directories; with the start of the client',
      measure: () => listed([node, builtProgram, 'ls', '/...', '-d', server.url]),
      rivals: [{ name: 'node -e 0', measure: () => listed([node, '-e', '0']) }],
    });
    await client.close();
  },
};

async function listed(command: readonly string[]): Promise<Sample> {
  const { wallMs, cpuMs } = await inShell('"$@" >/dev/null', command);
  return { value: wallMs / 1000, cpu: cpuMs / 1000 };
}
